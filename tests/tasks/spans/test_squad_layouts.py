"""Files that are written like SQuAD's: other layouts, ids and answers."""

import gzip
import json
import logging as python_logging

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.results import file_metrics
from data_pipeline.tasks.spans import squad

CONTEXT = "Ada wrote the first program in 1843."
ROW = {"id": 7, "question": "Who?", "answers": ["Ada"], "context": CONTEXT}
CMRC = {
    "context_id": "T0",
    "context_text": CONTEXT,
    "qas": [{"query_id": "7", "query_text": "Who?", "answers": ["Ada"]}],
}
PARAGRAPH = {
    "id": "p",
    "context": CONTEXT,
    "qas": [
        {
            "id": "7",
            "question": "Who?",
            "answers": [{"id": "1", "text": "Ada", "answer_start": 0}],
        }
    ],
}


@pytest.fixture
def write(tmp_path):
    def write(content, name="some.json"):
        path = tmp_path / name
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        path.write_bytes(content)
        return str(path)

    return write


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def flat(**changes):
    return [{k: v for k, v in {**ROW, **changes}.items() if v is not ...}]


def read(path, on_bad_row="stop"):
    return squad.read(path, row_problems.Problems(on_bad_row))


@pytest.mark.parametrize(
    "content",
    [
        {"data": [{"title": "t", "paragraphs": [PARAGRAPH]}]},
        {"version": "1.3", "data": [{"id": "3", "paragraphs": [PARAGRAPH]}]},
        [{"paragraphs": [PARAGRAPH]}],
        {"paragraphs": [PARAGRAPH]},
        {"data": [PARAGRAPH]},
        [PARAGRAPH],
        PARAGRAPH,
        [CMRC],
        {"data": [CMRC]},
        [ROW],
        {"version": "datasets", "data": [ROW]},
        ROW,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_layout_has_the_same_question(write, content, encoding):
    (example,) = read(write(json.dumps(content).encode(encoding)))
    assert (example.id, example.question) == ("7", "Who?")
    assert (example.context, example.answers) == (CONTEXT, ((0, "Ada"),))


@pytest.mark.parametrize(
    "answers, expected",
    [
        ({"text": ["Ada", "Ada"], "answer_start": [0, 0]}, (0, "Ada") * 2),
        ({"text": ["1843"], "answer_start": [31.0]}, (31, "1843")),
        ({"text": "1843", "answer_start": 31}, (31, "1843")),
        ({"text": ["1843"]}, (31, "1843")),
        ([{"text": "1843"}], (31, "1843")),
        ([{"text": "", "answer_start": 0}, "1843"], (31, "1843")),
        ("1843", (31, "1843")),
        ({"text": [], "answer_start": []}, ()),
        ([{"text": "", "answer_start": -1}], ()),
        ([], ()),
        ("", ()),
        (None, ()),
    ],
)
def test_forms_of_answers(write, answers, expected):
    pairs = tuple(zip(expected[::2], expected[1::2], strict=True))
    assert read(write(flat(answers=answers)))[0].answers == pairs
    (row,) = flat(answers=answers)
    path = write(lines(row, {**row, "id": None}), "some.jsonl")
    assert [example.answers for example in read(path)] == [pairs, pairs]


@pytest.mark.parametrize(
    "is_impossible, expected",
    [("false", ((0, "Ada"),)), ("False", ((0, "Ada"),)), ("true", ())],
)
def test_is_impossible_as_a_text(write, is_impossible, expected):
    (example,) = read(write(flat(is_impossible=is_impossible)))
    assert example.answers == expected


def test_an_answer_beside_the_question(write):
    rows = [
        *flat(answers=..., answer="Ada", answer_start=0),
        *flat(id=8, answers=..., answer=""),
    ]
    assert [e.answers for e in read(write(rows))] == [((0, "Ada"),), ()]


def test_what_is_taken_for_granted_is_said_once(write, caplog):
    rows = [
        *flat(id=...),
        *flat(id=None),
        *flat(id=2.5e1, answers=[]),
        *flat(id="x", answers=["1843", "Ada"]),
    ]
    caplog.set_level(python_logging.INFO, "absl")
    examples = read(write(rows))
    assert [example.id for example in examples] == ["0", "1", "25", "x"]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3
    assert "2 of 4 questions" in said[0] and "no id" in said[0]
    assert said[1].startswith("4 answers") and "no answer_start" in said[1]
    assert "1 of 4 questions" in said[2] and "no answer" in said[2]


def test_whole_numbers_and_their_texts_are_one_id(write):
    path = write([*flat(), *flat(id="7"), *flat(id=7.0)])
    assert [e and e.id for e in read(path, "skip")] == ["7", None, None]
    assert squad.question_ids(path) == ["7", "7", "7"]


def test_answers_are_wanted_where_every_question_has_one(write):
    path = write(flat(answers=[]))
    source = splits.DataSource(files={"dev": path})
    split = split_files.read(
        table.named("squad2"), "dev", source, labelled=True
    )
    assert split.examples[0].answers == ()
    with pytest.raises(ValueError, match="7: Each question must have an ans"):
        split_files.read(table.named("squad1"), "dev", source, labelled=True)


@pytest.mark.parametrize("name", ["some.jsonl", "some.json"])
def test_a_bad_line_is_a_bad_row(write, name):
    (other,) = flat(id=8)
    deep = b'{"context": ' + b"[" * 100_000 + b"\n"
    content = lines(ROW) + b"[1]\n\n" + deep + lines(other)
    path = write(content, name)
    assert [e and e.id for e in read(path, "skip")] == ["7", None, None, "8"]
    with pytest.raises(ValueError, match=f"{name}, line 2: Each line must be"):
        read(path)


@pytest.mark.parametrize("depth", [100, 900])
@pytest.mark.parametrize("key", ["context", "id", "question", "answers"])
def test_nesting_is_a_bad_row(write, key, depth):
    value = []
    for _ in range(depth):
        value = [value]
    path = write(flat(**{key: value}))
    with pytest.raises(ValueError, match="some.json"):
        read(path)


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.JSON", "a.ndjson"])
def test_tables_of_json_have_columns_of_their_own(write, name, pack):
    rows = [{"text": CONTEXT, "frage": "?", "antwort": "1843", "id": 4}] * 2
    content = lines(*rows) if "l" in name else json.dumps(rows).encode()
    columns = file_columns.Columns(
        "span", context="text", question="frage", answer="antwort"
    )
    path = write(pack(content), name)
    source = splits.DataSource(files={"dev": path}, columns=columns)
    split = split_files.read(
        kinds.custom_task("span"), "dev", source, labelled=True
    )
    assert split.examples[1].answers == ((31, "1843"),)
    assert split.ids == ["0", "1"]
    # The layouts of SQuAD's relatives may be packed too.
    path = write(pack(lines(ROW)), name)
    (found,) = custom.read(
        path, row_problems.Problems(), file_columns.Columns("span")
    )
    assert (found.id, found.answers) == ("7", ((0, "Ada"),))


def test_lines_of_datasets_are_read_and_scored(write, tmp_path):
    answers = {"text": ["Ada"], "answer_start": [0]}
    none = {"text": [], "answer_start": []}
    rows = [*flat(answers=answers), *flat(id=8, answers=none)]
    path = write(lines(*rows), "dev.jsonl")
    columns = file_columns.Columns("span")
    found = custom.read(path, row_problems.Problems(), columns)
    assert [example.id for example in found] == ["7", "8"]
    predictions = write({"7": "Ada", "8": ""}, "predictions.json")
    source = splits.DataSource(files={"dev": path}, columns=columns)
    task = kinds.custom_task("span", unanswerable=True)
    values = file_metrics.evaluate(task, "dev", source, predictions)
    assert values["exact"] == 100 and values["missing"] == 0
    # Rows of a table have one answer.
    row = {"context": CONTEXT, "question": "Who?", "answer": "1843"}
    path = write(lines(row), "rows.jsonl")
    (example,) = custom.read(path, row_problems.Problems(), columns)
    assert example.answers == ((31, "1843"),)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name, count",
    [("zh/cmrc2018/dev.json", 630), ("zh/xquad.zh.json", 1190)],
)
def test_real_files_without_places(shared, write, name, count):
    examples = read(str(shared / "data" / name))
    assert len(examples) == count
    once = [
        number
        for number, example in enumerate(examples)
        if all(example.context.count(text) == 1 for _, text in example.answers)
    ]
    rows = [
        {
            "id": number,
            "question": example.question,
            "context": example.context,
            "answers": [text for _, text in example.answers],
        }
        for number, example in enumerate(examples)
    ]
    found = read(write(rows), "skip")
    kept = [number for number in range(count) if found[number]]
    assert kept == once and len(once) > 300
    assert all(found[n].answers == examples[n].answers for n in kept)
