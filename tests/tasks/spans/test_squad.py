"""Reading SQuAD's files."""

import json

import pytest

from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import squad

CONTEXT = "Ada wrote the first program in 1843."


def question(name="q1", **changes):
    row = {
        "id": name,
        "question": "Who wrote it?",
        "answers": [{"text": "Ada", "answer_start": 0}],
    }
    return {key: v for key, v in {**row, **changes}.items() if v is not ...}


@pytest.fixture
def write(tmp_path):
    def write(*questions, context=CONTEXT):
        path = tmp_path / "squad.json"
        paragraph = {"context": context, "qas": list(questions)}
        path.write_text(json.dumps({"data": [{"paragraphs": [paragraph]}]}))
        return str(path)

    return write


def test_both_versions_are_read(write):
    path = write(
        question("old"),
        question("new", is_impossible=False),
        question(
            "none",
            is_impossible=True,
            answers=[],
            plausible_answers=[{"text": "Ada", "answer_start": 0}],
        ),
    )
    examples = squad.read(path, row_problems.Problems())
    assert [(e.id, e.answers) for e in examples] == [
        ("old", ((0, "Ada"),)),
        ("new", ((0, "Ada"),)),
        ("none", ()),
    ]
    assert examples[0].question == "Who wrote it?"
    assert examples[0].context is examples[2].context


def test_without_labels_answers_are_not_looked_at(write):
    path = write(question(answers=...), question("q2", answers="none"))
    examples = squad.read(path, row_problems.Problems(), labelled=False)
    assert [example.answers for example in examples] == [None, None]


def answer(text, start):
    return [{"text": text, "answer_start": start}]


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"id": " "}, "Each id must be a non-empty string or a whole"),
        ({"id": 7.5}, "Each id must be"),
        ({"id": True}, "Each id must be"),
        ({"id": ["q"]}, "Each id must be"),
        ({"id": "good"}, "one question only"),
        ({"question": " "}, "Each question must be a non-empty string"),
        ({"question": "half \ud800"}, "Each question must be"),
        ({"answers": ...}, "Each question must have an answer"),
        ({"answers": [], "is_impossible": False}, "must have an answer"),
        ({"answers": None, "is_impossible": "false"}, "must have an answer"),
        ({"answers": 3}, "Answers must be a list"),
        (
            {"answers": {"text": ["Ada"], "answer_start": [0, 1]}},
            "equal length",
        ),
        ({"answers": [["Ada"]]}, "Each answer must be a non-empty string"),
        ({"answers": ["Eve"]}, "Each answer must occur in its context"),
        (
            {"answers": ["r"]},
            "occurs more than once .* must have an answer_start",
        ),
        ({"is_impossible": "no"}, "is_impossible must be true or false"),
        ({"is_impossible": 0}, "is_impossible must be true or false"),
        ({"answers": answer("Ada", 1)}, "at answer_start; .* is 'da '"),
        ({"answers": answer("ada", 0)}, "the text there is 'Ada'"),
        ({"answers": answer("Ada", 0.5)}, "a whole number from 0 to 35"),
        ({"answers": answer("Ada", True)}, "a whole number from 0 to 35"),
        ({"answers": answer("Ada", "0")}, "a whole number from 0 to 35"),
        ({"answers": answer("Ada", -1)}, "a whole number from 0 to 35"),
        ({"answers": answer("Ada", 36)}, "a whole number from 0 to 35"),
    ],
)
def test_a_bad_question_is_left_out_in_its_place(write, changes, rule):
    path = write(question("good"), question(**changes), question("last"))
    problems = row_problems.Problems("skip")
    examples = squad.read(path, problems)
    assert [e and e.id for e in examples] == ["good", None, "last"]
    assert problems.count == 1
    with pytest.raises(ValueError, match=f"question .*{rule}"):
        squad.read(path, row_problems.Problems("stop"))


def test_an_empty_context_is_bad_for_each_of_its_questions(write):
    path = write(question("a"), question("b"), context="")
    problems = row_problems.Problems("skip")
    assert squad.read(path, problems) == [None, None]
    assert problems.count == 2


def test_ids_of_questions_left_out_are_known(write):
    path = write(question("a", question=""), question(id=[]), question(id=...))
    assert squad.question_ids(path) == ["a", None, "2"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"data": {}}',
        '{"data": []}',
        '{"data": [1]}',
        '{"data": [{"paragraphs": null}]}',
        '{"data": [{"paragraphs": [{"context": "x"}]}]}',
        '{"data": [{"paragraphs": [{"context": "x", "qas": ["y"]}]}]}',
        '{"data": "\xff"}',
    ],
)
def test_a_file_of_another_form_is_named(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="other.json must have SQuAD's layout"):
        squad.read(str(path), row_problems.Problems("skip"))
