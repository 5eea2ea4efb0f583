"""Sources, blocks and documents: formats, compression, damage, bounds."""

import bz2
import gzip
import json
import lzma

import numpy as np
import pytest
from backports import zstd

from data_pipeline.corpora import blocks
from data_pipeline.corpora import documents
from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_sources
from data_pipeline.corpora.formats import prose

TEXT = "One fish.\nTwo fish.\n\nRed fish.\nBlue fish.\n"


def read(patterns, **settings):
    text_input = text_config.TextConfig(input_file=str(patterns), **settings)
    return [d.sentences for d in documents.read(text_input)]


@pytest.mark.parametrize(
    "compress",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstd.compress],
    ids=["plain", "gz", "bz2", "xz", "zst"],
)
def test_compression_is_recognised_whatever_the_name(compress, tmp_path):
    whole = compress(TEXT.encode() * 1000)
    (tmp_path / "text").write_bytes(whole)
    assert read(tmp_path / "text") == [
        ["One fish.", "Two fish."],
        ["Red fish.", "Blue fish.", "One fish.", "Two fish."],
        *[["Red fish.", "Blue fish.", "One fish.", "Two fish."]] * 998,
        ["Red fish.", "Blue fish."],
    ]
    if compress is not bytes:
        (tmp_path / "cut").write_bytes(whole[:-9])
        rule = "cut, which is truncated or corrupt"
        with pytest.raises(ValueError, match=rule):
            read(tmp_path / "cut")


def test_several_compressed_streams_in_one_file(tmp_path):
    parts = [TEXT.encode() + b"\n", b"And another.\n"]
    for name, compress in (("gz", gzip), ("bz2", bz2), ("zst", zstd)):
        (tmp_path / name).write_bytes(b"".join(map(compress.compress, parts)))
        assert read(tmp_path / name)[-1] == ["And another."]


@pytest.mark.parametrize("kind", [gzip, bz2, lzma, zstd])
def test_what_follows_a_stream_is_one_or_padding(kind, tmp_path):
    path = tmp_path / "a"
    whole = kind.compress(TEXT.encode())
    expected = [["One fish.", "Two fish."], ["Red fish.", "Blue fish."]]
    path.write_bytes(kind.compress(b"") + whole + bytes(512))
    assert read(path) == expected
    for rest in (b"no stream", whole[:3], whole[:-1], b"x" * 100_000):
        path.write_bytes(whole + rest)
        with pytest.raises(ValueError, match="truncated or corrupt"):
            read(path)


def test_a_text_that_begins_like_bzip2(tmp_path):
    (tmp_path / "a.txt").write_text("BZh9 is how it begins.\n")
    assert read(tmp_path / "a.txt") == [["BZh9 is how it begins."]]


def test_json_lines(tmp_path):
    texts = ["It was late. He slept.", "Line\u2028separator, and\nmore."]
    # Not escaped: only a line feed ends a JSON line.
    lines = [json.dumps({"body": t}, ensure_ascii=False) for t in texts]
    lines.insert(1, "")
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    assert read(tmp_path / "a.jsonl", text_field="body") == [
        ["It was late.", "He slept."],
        ["Line separator, and more."],
    ]
    with pytest.raises(ValueError, match="line 1: no 'text' among.*'body'"):
        read(tmp_path / "a.jsonl")
    for bad in ('{"body": 3}', '["body"]', '{"body": '):
        (tmp_path / "a.jsonl").write_text(lines[0] + "\n" + bad)
        with pytest.raises(ValueError, match=r"a\.jsonl, line 2"):
            read(tmp_path / "a.jsonl", text_field="body")


@pytest.fixture(scope="module")
def tfds_folder(tmp_path_factory):
    """A small data set, prepared as TFDS prepares its own."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    texts = {
        "text": [f"Text {n} begins. It ends." for n in range(30)],
        "id": np.arange(30, dtype=np.int32),
    }
    folder = tmp_path_factory.mktemp("tfds")
    tfds.dataset_builders.store_as_tfds_dataset(
        name="tiny_texts",
        version="1.0.0",
        features=tfds.features.FeaturesDict(
            {"text": tfds.features.Text(), "id": tfds.features.Scalar(np.int32)}
        ),
        split_datasets={"train": tf.data.Dataset.from_tensor_slices(texts)},
        data_dir=str(folder),
        disable_shuffling=True,
    )
    return folder


def test_tfds(tfds_folder, monkeypatch):
    how = {"tfds": "tiny_texts", "tfds_data_dir": str(tfds_folder)}
    whole = read("", **how)
    assert sorted(whole) == sorted(
        [f"Text {n} begins.", "It ends."] for n in range(30)
    )
    assert len(read("", **how, tfds_split="train[:50%]")) == 15
    with pytest.raises(ValueError, match="has id, text"):
        read("", **how, text_field="body")
    with pytest.raises(ValueError, match="id"):
        read("", **how, text_field="id")
    with pytest.raises(ValueError, match="has train"):
        read("", **how, tfds_split="test")
    with pytest.raises(ValueError, match="'no_texts' and .*, where there is"):
        read("", **{**how, "tfds": "no_texts"})
    with pytest.raises(ValueError, match="either --input_file or --tfds"):
        read("a.txt", **how)
    with pytest.raises(ValueError, match="either --input_file or --tfds"):
        read("")
    # A large split is read in parts, in the same order.
    monkeypatch.setattr(text_sources, "_GROUP_BYTES", 200)
    parts = text_sources.list_sources(text_config.TextConfig(**how))
    assert len(parts) > 3 and read("", **how) == whole


def test_invalid_utf8(tmp_path, caplog):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfFine.\nB\xe9d.\nGood.\n\nW\xffrse.\n")
    with pytest.raises(ValueError, match=r"a\.txt, byte 10 \(0xe9\)"):
        read(path)
    how = {"input_format": "sentences"}
    assert read(path, **how, invalid_utf8="replace") == [
        ["Fine.", "B\ufffdd.", "Good."],
        ["W\ufffdrse."],
    ]
    assert "byte 10 (0xe9)" in caplog.text and "byte 22 (0xff)" in caplog.text
    assert read(path, **how, invalid_utf8="skip") == [["Fine.", "Good."]]


def cut(path, input_format, monkeypatch, piece_bytes):
    monkeypatch.setattr(blocks, "_PIECE_BYTES", piece_bytes)
    monkeypatch.setattr(blocks, "_FULL_BLOCK_BYTES", piece_bytes // 2)
    text_input = text_config.TextConfig(
        input_file=str(path), input_format=input_format
    )
    (group,) = text_sources.groups(text_sources.list_sources(text_input))
    return [block for block, _ in blocks.cut(0, group, text_input)], text_input


def test_blocks_are_cut_between_documents(tmp_path, monkeypatch):
    monkeypatch.setattr("data_pipeline.corpora.formats.streams._CHUNK", 100)
    expected = [[f"A {n}.", f"B {n}."] for n in range(300)]
    text = "\n \n".join("\n".join(lines) for lines in expected)
    (tmp_path / "a.txt").write_text(text)
    made, text_input = cut(tmp_path / "a.txt", "sentences", monkeypatch, 500)
    assert len(made) > 5
    assert (
        "".join(
            piece.content.decode() for block in made for piece in block.pieces
        )
        == text
    )
    found = [
        document.sentences
        for block in made
        for document in documents.parse(block, text_input)[0]
    ]
    assert found == expected


def test_a_document_without_an_end_is_worked_on_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("data_pipeline.corpora.formats.streams._CHUNK", 100)
    text = "é" * 2000  # no line ends; two bytes a letter
    (tmp_path / "a.txt").write_text(text)
    made, text_input = cut(tmp_path / "a.txt", "prose", monkeypatch, 501)
    assert len(made) >= 6
    parts = [documents.parse(block, text_input)[0] for block in made]
    assert "".join(part[0].sentences[0] for part in parts) == text


def test_a_json_line_is_not_parted(tmp_path, monkeypatch):
    lines = [json.dumps({"text": "word " * size}) for size in (300, 1, 500)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    made, text_input = cut(tmp_path / "a.jsonl", "jsonl", monkeypatch, 200)
    sizes = [
        len(document.sentences[0].split())
        for block in made
        for document in documents.parse(block, text_input)[0]
    ]
    assert sizes == [300, 1, 500]
    monkeypatch.setattr(blocks, "_LONGEST_UNIT", 1000)
    with pytest.raises(ValueError, match="longer one"):
        cut(tmp_path / "a.jsonl", "jsonl", monkeypatch, 200)


def test_small_files_share_blocks_and_large_ones_are_groups(
    tmp_path, monkeypatch
):
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("One.\nTwo.\n" * 10)
    made, _ = cut(tmp_path / "*.txt", "sentences", monkeypatch, 600)
    assert [len(block.pieces) for block in made] == [3, 3, 3]
    monkeypatch.setattr(text_sources, "_GROUP_BYTES", 350)
    found = text_sources.list_sources(
        text_config.TextConfig(input_file=f"{tmp_path}/*.txt")
    )
    assert [len(group) for group in text_sources.groups(found)] == [3, 3, 3]


def test_prose_is_parted_at_empty_lines_or_where_lines_are_paragraphs():
    long = "word " * 30
    assert prose.paragraphs(
        f"Wrapped text\ngoes on.\n \nNext.\n\n{long}\nEnd of it.\n"
    ) == ["Wrapped text goes on.", "Next.", long.strip(), "End of it.", ""]
