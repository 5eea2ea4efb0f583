"""Records of texts in several formats: the same however built, faults told."""

import json
import random
import re

import pytest

from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.records import manifests

HOW = {"on_bad_document": "skip", "invalid_utf8": "replace"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A folder of JSON lines, an array, and articles; some of them are bad."""
    folder = tmp_path_factory.mktemp("texts")
    rng = random.Random(0)
    texts = [
        " ".join(f"The cat sees {rng.randint(1, 99)} dogs." for _ in range(9))
        for _ in range(300)
    ]
    objects = [{"text": text} for text in texts]
    lines = [json.dumps(o) for o in objects]
    lines[7], lines[9] = '{"text": "A \\ud800."}', '{"text": 7}'
    (folder / "wiki_00").write_text("\n".join(lines))
    objects[3]["text"] = None
    (folder / "array.json").write_text(json.dumps(objects))
    (folder / "AA").mkdir()
    (folder / "AA/wiki_00").write_text(
        "".join(
            f'<doc id="{n}" title="T{n}">\nT{n}\n\n{text}\n\n</doc>\n'
            for n, text in enumerate(texts)
        )
        + '<doc id="cut" title="Cut">\nIt is'
    )
    return folder


@pytest.mark.slow
def test_workers_and_beam_agree_on_every_format(
    texts, make_job, tmp_path, caplog
):
    from data_pipeline.pretraining.building import beam_build

    job = make_job(texts, HOW)
    made = build.build(job, str(tmp_path / "one"))
    assert made.counts["documents"] == 3 * 300 - 2
    assert made.counts["invalid_utf8"] == 1
    assert made.counts["bad_documents"] == 3
    for place in (
        r"Not UTF-8: \S*/wiki_00, line 8: .ud800",
        r"Left out: \S*/wiki_00, line 10: 'text' is a number",
        r"Left out: \S*/array.json, line 1: 'text' is null",
        r"Left out: \S*/AA/wiki_00, line 1801: the article 'Cut'",
    ):
        assert re.search(place, caplog.text)
    expected = contents(tmp_path / "one")
    build.build(job, str(tmp_path / "two"), num_workers=2)
    assert contents(tmp_path / "two") == expected
    beam_build.build(job, str(tmp_path / "beam"), "DirectRunner", [])
    assert contents(tmp_path / "beam") == expected


def test_a_bad_document_stops_every_engine(texts, make_job, tmp_path):
    from data_pipeline.pretraining.building import beam_build

    job = make_job(texts / "AA")
    with pytest.raises(ValueError, match="'Cut' has no </doc>.*=skip"):
        build.build(job, str(tmp_path / "one"))
    with pytest.raises(ValueError, match="^Each article.*=skip[^[]*$"):
        beam_build.build(job, str(tmp_path / "beam"), "DirectRunner", [])
    # Who is told so may go on without it.
    job = make_job(texts / "AA", HOW)
    made = build.build(job, str(tmp_path / "one"))
    assert made.settings["on_bad_document"] == "skip"


def test_sets_made_before_there_was_a_choice_are_whole(
    make_job, record_folder, tmp_path
):
    folder = tmp_path / "set"
    folder.mkdir()
    for name, content in contents(record_folder).items():
        (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["settings"].pop("on_bad_document") == "stop"
    assert manifest["counts"].pop("bad_documents") == 0
    (folder / "manifest.json").write_text(json.dumps(manifest))
    build.build(make_job(), str(folder))
    assert "on_bad_document" not in manifests.read(str(folder)).settings
    with pytest.raises(FileExistsError, match="on_bad_document 'skip' instead"):
        build.build(make_job(text=HOW), str(folder))


def test_skipping_all_says_so(make_job, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"body": "One."}\n' * 3)
    job = make_job(tmp_path / "a.jsonl", HOW)
    with pytest.raises(ValueError, match="and 3 bad documents"):
        build.build(job, str(tmp_path / "set"))
