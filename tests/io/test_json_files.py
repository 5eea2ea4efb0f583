"""JSON that is damaged, hostile or of another type: one error with its name."""

import json

import pytest

from albert_tf.io import json_file as json_of_models
from albert_tf.serving.models import saved_model
from data_pipeline.io import json_file as json_of_data
from data_pipeline.pretraining.building import build
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.choices import race
from data_pipeline.tasks.spans import prediction_files
from data_pipeline.tasks.spans import squad

READERS = [json_of_models.read_object, json_of_data.read_object]
READ_PREDICTIONS = [
    prediction_files.read_answers,
    prediction_files.read_null_odds,
]
DAMAGED = [
    b"",
    b"{",
    b"[1]",
    b"7",
    b"null",
    b'"text"',
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"a":' * 99 + b"1" + b"}" * 99,
    b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}",
    b'{"a": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_files_are_named(tmp_path, read, content):
    path = tmp_path / "some.json"
    path.write_bytes(content)
    rule = r"some.json must hold one JSON object. Received: "
    with pytest.raises(ValueError, match=rule) as error:
        read(str(path))
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("read", READERS)
def test_whole_files(tmp_path, read):
    path = tmp_path / "some.json"
    for mark in ("", "\ufeff"):
        path.write_text(mark + '{"a": {"b": [1, [2, {}]]}, "é": null}', "utf-8")
        assert read(str(path)) == {"a": {"b": [1, [2, {}]]}, "é": None}
    with pytest.raises(OSError, match="none.json"):
        read(str(tmp_path / "none.json"))


def nested(levels):
    """An object with this depth of nested arrays and objects."""
    inner = levels - 1
    return b'{"a": ' + b"[" * inner + b"]" * inner + b"}"


ACCEPTED = [
    b"{}",
    b' {"a": {"b": [1, [2, {}]]}, "\xc3\xa9": null}\n',
    b'\xef\xbb\xbf{"a": 1}',
    '{"a": "\u4e00"}'.encode("utf-16"),
    b'{"a": 1, "a": 2, "b": 1e400, "c": NaN, "d": "\\ud800"}',
    b'{"a": ' + b"9" * 4000 + b"}",
    nested(json_of_data.MOST_NESTED),
]
REFUSED = [
    *DAMAGED,
    nested(json_of_data.MOST_NESTED + 1),
    b"{} {}",
    b"{'a': 1}",
]


def outcome(read, path):
    """What a reader returns or raises, as text."""
    try:
        return repr(read(path))
    except ValueError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("content", [*ACCEPTED, *REFUSED])
def test_both_packages_read_alike(tmp_path, content):
    (tmp_path / "some.json").write_bytes(content)
    ours, theirs = (
        outcome(read, str(tmp_path / "some.json")) for read in READERS
    )
    assert ours == theirs
    assert ours.startswith("ValueError") == (content in REFUSED)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_passage_of_race(tmp_path, content):
    (tmp_path / "dev/high").mkdir(parents=True)
    (tmp_path / "dev/high/1.txt").write_bytes(content)
    with pytest.raises(ValueError, match=r"1.txt.*must have an article"):
        race.read(str(tmp_path), "dev", row_problems.Problems())


@pytest.mark.parametrize("read", READ_PREDICTIONS)
@pytest.mark.parametrize("content", DAMAGED)
def test_damaged_predictions_of_answers(tmp_path, read, content):
    path = tmp_path / "predictions.json"
    path.write_bytes(content)
    split = splits.Split("dev", "dev.json", [], [])
    with pytest.raises(ValueError, match="predictions.json must hold one"):
        read(str(path), split, row_problems.Problems())


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_of_questions(tmp_path, content):
    path = tmp_path / "dev.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="dev.json must have SQuAD's layout"):
        squad.read(str(path), row_problems.Problems())


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_a_deep_line_of_questions_is_a_bad_row(tmp_path, depth):
    path = tmp_path / "dev.jsonl"
    good = {"id": "a", "question": "?", "context": "Ada.", "answers": ["Ada"]}
    deep = '{"answers": ' + "[" * depth + "]" * depth + "}"
    path.write_text(f"{json.dumps(good)}\n{deep}\n")
    problems = row_problems.Problems("skip")
    examples = squad.read(str(path), problems)
    assert [example is None for example in examples] == [False, True]
    with pytest.raises(ValueError, match="dev.jsonl, line 2: Each line must"):
        squad.read(str(path), row_problems.Problems())


def test_race_in_a_folder_named_like_a_pattern(tmp_path):
    folder = tmp_path / "race[all]" / "dev/high"
    folder.mkdir(parents=True)
    passage = {
        "article": "A text.",
        "questions": ["Which?"],
        "options": [["a", "b", "c", "d"]],
        "answers": ["B"],
    }
    (folder / "1.txt").write_text(json.dumps(passage))
    (found,) = race.read(
        str(tmp_path / "race[all]"), "dev", row_problems.Problems()
    )
    assert found.label == 1


@pytest.mark.parametrize(
    "content", [*DAMAGED[:9], b"{}", b'{"name": "a", "records": []}']
)
def test_a_damaged_note_of_a_build_is_no_note(tmp_path, content):
    (tmp_path / "note.json").write_bytes(content)
    assert build._noted(str(tmp_path / "note.json")) is None


@pytest.mark.parametrize("value", ["512", [512], -1, 0, True, 5.0])
def test_a_wrong_number_in_the_config_of_an_export(tmp_path, value):
    key = "max_position_embeddings"
    with pytest.raises(ValueError, match=f"{key} must be a whole number"):
        saved_model._size({key: value}, key, str(tmp_path))
    assert saved_model._size({}, key, str(tmp_path)) is None
