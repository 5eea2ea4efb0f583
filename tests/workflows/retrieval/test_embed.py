"""albert-tf embed: files of embeddings, resumable and of equal bytes."""

import json
import os

import embedding_models
import numpy as np
import pytest

import albert_tf
from albert_tf.workflows.answering import embedder as embedder_lib
from albert_tf.workflows.retrieval import embed as embed_lib
from albert_tf.workflows.retrieval.stored import embedding_files
from data_pipeline.io import files

ROWS = [(f"id {i}", "a " * i + "dog") for i in range(10)]


class Fake:
    """Gives each text its length and a few more numbers."""

    fingerprint = "f" * 64

    def encode(self, texts, *, dims, batch_size, **_):
        self.largest = max(getattr(self, "largest", 0), len(texts))
        found = np.array([[len(t), 1, 2, 3] for t in texts], np.float32)
        return found[:, :dims]


@pytest.fixture
def fake(monkeypatch):
    embedder = Fake()
    monkeypatch.setattr(embedder_lib, "embedder", lambda *_, **__: embedder)
    monkeypatch.setattr(embed_lib, "_TEXTS", 3)
    return embedder


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "texts.csv"
    lines = ["key,text", *(",".join(row) for row in ROWS)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def config(table, tmp_path):
    def make(**settings):
        given = {
            "checkpoint": tmp_path,
            "file": table,
            "id_column": "key",
            "output": tmp_path / "out/texts.npy",
            **settings,
        }
        return albert_tf.EmbedConfig(**given)

    return make


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_array_with_its_ids(fake, config, tmp_path):
    result = albert_tf.embed(config())
    found = np.load(result.output, mmap_mode="r")
    assert isinstance(found, np.memmap) and found.dtype == np.float32
    assert found[:, 0].tolist() == [len(text) for _, text in ROWS]
    described = json.loads((tmp_path / "out/texts.npy.json").read_text())
    assert described == result.described
    assert (described["count"], described["size"]) == (10, 4)
    assert described["fingerprint"] == fake.fingerprint
    lines = (tmp_path / "out" / described["ids"]).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [id for id, _ in ROWS]
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert fake.largest == 3


def test_parquet(fake, config, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    result = albert_tf.embed(
        config(output=tmp_path / "a.parquet", precision="float16", dims=2)
    )
    table = parquet.read_table(result.output)
    assert table["id"].to_pylist() == [id for id, _ in ROWS]
    found = np.array(table["embedding"].to_pylist())
    assert found.shape == (10, 2) and found[9, 0] == len(ROWS[9][1])
    assert str(table.schema.field("embedding").type).startswith("fixed_size")
    assert result.described["precision"] == "float16"


@pytest.mark.parametrize("ending", [".npy", ".parquet"])
def test_a_run_that_is_killed_anywhere_ends_with_the_same_bytes(
    fake, config, tmp_path, monkeypatch, ending
):
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    whole = config(output=tmp_path / f"whole/texts{ending}")
    albert_tf.embed(whole)
    output = tmp_path / f"killed/texts{ending}"
    rename, left = files.rename, 0

    def killed(source, target):
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(files, "rename", killed)
    kills = 0
    while kills < 9 and not files.exists(f"{output}.json"):
        left = 3  # files that get their names before the next kill
        try:
            albert_tf.embed(config(output=output))
        except KeyboardInterrupt:
            kills += 1
    assert kills >= 2
    assert contents(output.parent) == contents(tmp_path / "whole")


def test_a_run_that_is_killed_while_it_removes_its_parts(
    fake, config, tmp_path, monkeypatch
):
    remove = embedding_files.Parts.remove

    def partly(parts):
        os.remove(os.path.join(parts.folder, "000000.npy"))
        raise KeyboardInterrupt

    monkeypatch.setattr(embedding_files.Parts, "remove", partly)
    with pytest.raises(KeyboardInterrupt):
        albert_tf.embed(config())
    monkeypatch.setattr(embedding_files.Parts, "remove", remove)
    before = np.load(tmp_path / "out/texts.npy")
    result = albert_tf.embed(config())
    np.testing.assert_array_equal(np.load(result.output), before)
    assert len(list((tmp_path / "out").iterdir())) == 3


@pytest.mark.parametrize(
    "change", [{"dims": 2}, {"precision": "float16"}, {"text_column": "key"}]
)
def test_other_settings_do_not_finish_what_was_begun(
    fake, config, monkeypatch, change
):
    monkeypatch.setattr(embedding_files.Parts, "join", None)
    with pytest.raises(TypeError):
        albert_tf.embed(config())
    with pytest.raises(ValueError, match="settings it was begun with.*, now"):
        albert_tf.embed(config(**change))


def test_a_changed_file_is_not_finished(fake, config, table, monkeypatch):
    monkeypatch.setattr(embedding_files.Parts, "join", None)
    with pytest.raises(TypeError):
        albert_tf.embed(config())
    table.write_text(table.read_text() + "x,more\n")
    with pytest.raises(ValueError, match="documents_changed"):
        albert_tf.embed(config())


def test_nothing_is_overwritten(fake, config, tmp_path):
    albert_tf.embed(config())
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        albert_tf.embed(config())
    (tmp_path / "out/texts.npy").unlink()
    with pytest.raises(FileExistsError, match=r"texts\.npy\.json"):
        albert_tf.embed(config())


def test_bad_input(fake, config, table, tmp_path):
    with pytest.raises(ValueError, match="must end in .npy or .parquet"):
        albert_tf.embed(config(output=tmp_path / "a.csv"))
    with pytest.raises(FileNotFoundError, match="data file must exist"):
        albert_tf.embed(config(file=tmp_path / "none.csv"))
    table.write_text("key,text\na,A text.\nb,\nc,More.\n")
    with pytest.raises(ValueError, match=r"texts\.csv, line 3: .*non-empty"):
        albert_tf.embed(config())
    output = tmp_path / "skipped.npy"
    result = albert_tf.embed(config(output=output, on_bad_row="skip"))
    assert result.described["count"] == 2
    table.write_text("key,text\n")
    with pytest.raises(ValueError, match="at least one row"):
        albert_tf.embed(config(output=tmp_path / "empty.npy"))


def test_a_file_of_lines(fake, config, tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("One line.\nAnother\n")
    result = albert_tf.embed(config(file=path, id_column=None))
    assert np.load(result.output)[:, 0].tolist() == [9, 7]
    ids = (tmp_path / "out/texts.npy.ids.jsonl").read_text()
    assert ids == '"0"\n"1"\n'


def test_the_vectors_are_those_of_the_embedder(
    config, vocabulary, sizes, tmp_path
):
    path = embedding_models.save(tmp_path / "model", vocabulary, sizes)
    result = albert_tf.embed(config(checkpoint=path))
    expected = albert_tf.embedder(path).encode([text for _, text in ROWS])
    np.testing.assert_allclose(np.load(result.output), expected, atol=1e-6)
