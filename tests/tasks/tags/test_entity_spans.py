"""Texts whose entities are spans of characters, as annotation tools write."""

import json
import logging as python_logging

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.results import file_metrics
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_predictions

TEXT = "Ms Lee (李偉) met  Ng-Li, in Oslo."
WORDS = "Ms Lee ( 李 偉 ) met Ng-Li , in Oslo .".split()
TAGS = "O B-PER O B-PER I-PER O O B-PER O O B-LOC O".split()
SPANS = [[3, 6, "PER"], [8, 10, "PER"], [17, 22, "PER"], [27, 31, "LOC"]]


def objects(start, end, label, text=None, more=0):
    return [
        {start: a, end: b - more, label: kind}
        | ({text: TEXT[a:b]} if text else {})
        for a, b, kind in SPANS
    ]


def values(**changes):
    return [
        {"start": a, "end": b, "text": TEXT[a:b], "labels": [kind]} | changes
        for a, b, kind in SPANS
    ]


def regions(*results):
    return [{"id": "r", "type": "labels", "value": one} for one in results]


CLUENER = {"PER": {}, "LOC": {"Oslo": [[27, 30]]}}
for a, b, _ in SPANS[:3]:
    CLUENER["PER"][TEXT[a:b]] = [[a, b - 1]]


@pytest.fixture
def write(tmp_path):
    def write(rows, name="some.jsonl"):
        path = tmp_path / name
        text = json.dumps(rows)
        if name.endswith(".jsonl") or name == "lines.json":
            text = "".join(json.dumps(row) + "\n" for row in rows)
        path.write_text(text)
        return str(path)

    return write


def read(path, on_bad_row="stop", **columns):
    return custom.read(
        path,
        row_problems.Problems(on_bad_row),
        file_columns.Columns("tagging", **columns),
    )


@pytest.mark.parametrize(
    "row",
    [
        {"id": 4, "text": TEXT, "label": SPANS, "Comments": []},
        {"text": TEXT, "labels": SPANS[::-1]},
        {"data": TEXT, "label": SPANS},
        {
            "text": TEXT,
            "entities": objects("start_offset", "end_offset", "label"),
            "relations": [],
        },
        {"text": TEXT, "entities": SPANS},
        {"text": TEXT, "entities": SPANS + SPANS},
        {"text": TEXT, "spans": objects("start", "end", "label"), "tokens": []},
        {
            "text": TEXT,
            "entities": objects("start", "end", "type", "entity", 1),
        },
        {
            "text": TEXT,
            "label": objects("start_idx", "end_idx", "type", "word"),
        },
        {"text": TEXT, "entities": objects("start", "end", "entity", "value")},
        {"text": TEXT, "label": CLUENER},
        {"text": TEXT, "label": values(), "id": 1, "annotator": 1},
        {
            "id": 1,
            "data": {"text": TEXT},
            "annotations": [
                {"was_cancelled": True, "result": []},
                {
                    "result": [
                        *regions(*values()),
                        *regions({"choices": ["good"]}),
                        {"from_id": "r", "to_id": "r", "type": "relation"},
                    ]
                },
            ],
            "predictions": [],
        },
        {
            "data": {"review": "no", "text": TEXT},
            "completions": [{"result": regions(*values())}],
        },
        # White space at the ends of a span is no part of an entity.
        {"text": TEXT, "label": [[2, 7, "PER"], *SPANS[1:3], [26, 31, "LOC"]]},
    ],
)
@pytest.mark.parametrize("name", ["some.jsonl", "lines.json", "list.json"])
def test_every_layout_has_the_same_entities(write, row, name):
    first, second = read(write([row, row], name))
    assert first.words == tuple(WORDS) and first.tags == tuple(TAGS)
    assert second.id == "1" and second.tags == first.tags
    assert [TEXT[a:b] for a, b in first.places] == WORDS
    assert first.text == TEXT


def test_keys_of_ones_own(write):
    path = write([{"review": TEXT, "aspects": SPANS}])
    (found,) = read(path, text="review", label="aspects")
    assert found.tags == tuple(TAGS)
    with pytest.raises(ValueError, match="must have entities .*label_column"):
        read(path, text="review")


def test_places_of_utf_16(write):
    text = "\N{DOG FACE}\N{DOG FACE} Ms Lee"
    value = {"start": 8, "end": 11, "text": "Lee", "labels": ["P"]}
    rows = [{"data": {"text": text}, "annotations": [{"result": []}]}] * 2
    rows[1] = {**rows[1], "annotations": [{"result": regions(value)}]}
    assert read(write(rows))[1].tags == ("O", "O", "O", "B-P")
    # Nothing but the text of an entity tells.
    with pytest.raises(ValueError, match="in a text of 9 characters"):
        read(write([{"text": text, "label": [[8, 11, "P"]]}]))


def test_which_ends_there_are_is_said(write, caplog):
    caplog.set_level(python_logging.INFO, "absl")

    def said(label):
        caplog.clear()
        read(write([{"text": TEXT, "label": label}]))
        return caplog.text

    assert (
        "4 entities" in said(CLUENER)
        and "is its last character, as the" in caplog.text
    )
    assert "is after its last character, as the texts" in said(values())
    assert "which is assumed" in said(SPANS)


@pytest.mark.parametrize(
    "label, rule",
    [
        ([[0, 2, "A"], [1, 6, "B"]], "must not overlap"),
        ([[0, 6, "A"], [3, 6, "A"]], "must not overlap"),
        ([[3, 5, "A"]], "inside a word such as 'Lee'"),
        ([[4, 6, "A"]], "inside a word such as 'Lee'"),
        ([[17, 19, "A"]], "inside a word such as 'Ng-Li'"),
        ([[3, 3, "A"]], "a start from 0 and an end after it"),
        ([[-1, 2, "A"]], "from 0"),
        ([[27, 99, "A"]], "in a text of 32 characters"),
        ([[2, 3, "A"]], "must contain a word"),
        ([[15, 17, "A"]], "must contain a word"),
        ([[3, 6, ""]], "one label"),
        ([[3, 6, None]], "one label"),
        ([[3, 6, "A\tB"]], "one label"),
        ([["3", 6, "A"]], "whole numbers"),
        ([[3.5, 6, "A"]], "whole numbers"),
        ([[3, 6]], "spans of characters, such as"),
        (["PER"], "spans of characters, such as"),
        ("PER", "spans of characters, such as"),
        ({"PER": [[3, 6]]}, "spans of characters, such as"),
        ({"PER": {"Lee": [3, 5]}}, "spans of characters, such as"),
        ({"PER": {"Lee": [[4, 6]]}}, "must enclose its text.*'ee '"),
        (values(start=4)[:1] + values()[1:], "must enclose its text"),
        (values(labels=["A", "B"]), "one label"),
    ],
)
def test_a_bad_entity_is_a_bad_row(write, label, rule):
    good = {"text": TEXT, "label": SPANS}
    if isinstance(label, dict) or isinstance(label[0], dict):
        good = {
            "text": TEXT,
            "label": CLUENER if type(label) is dict else values(),
        }
    path = write([good, {"text": TEXT, "label": label}, good])
    with pytest.raises(ValueError, match=f"some.jsonl, line 2: .*{rule}"):
        read(path)
    found = read(path, "skip")
    assert [e and e.id for e in found] == ["0", None, "2"]


@pytest.mark.parametrize(
    "row, rule",
    [
        ({"text": " ", "label": []}, "non-empty string 'text'"),
        ({"text": None, "label": []}, "non-empty string 'text'"),
        ({"label": []}, "non-empty string 'text'"),
        (
            {"data": {"text": TEXT}, "annotations": []},
            "must have an annotation",
        ),
        ({"data": {"text": TEXT}, "annotations": [3]}, "spans of characters"),
        ([TEXT], "JSON object"),
    ],
)
def test_a_bad_row(write, row, rule):
    path = write([{"text": TEXT, "label": SPANS}, row])
    with pytest.raises(ValueError, match=f"line 2: .*{rule}"):
        read(path)
    assert read(path, "skip")[1] is None


def test_rows_that_say_nothing_have_no_entities(write, caplog):
    rows = [{"text": TEXT}, {"text": TEXT, "label": SPANS}]
    found = read(write(rows))
    assert set(found[0].tags) == {"O"} and "1 of 2 rows" in caplog.text


def test_texts_without_labels(write):
    rows = [{"id": 0, "text": TEXT}, {"id": 1, "text": "彭小军"}]
    found = read(write(rows), labelled=False)
    assert found[0].words == tuple(WORDS) and found[0].tags is None
    assert found[1].words == tuple("彭小军")


def test_ids_of_ones_own(write):
    rows = [{"id": n, "text": TEXT, "label": SPANS} for n in (8, 9, 8)]
    found = read(write(rows[:2]), id="id")
    assert [example.id for example in found] == ["8", "9"]
    with pytest.raises(ValueError, match="line 3: .*line 1"):
        read(write(rows), id="id")


def test_words_with_tags_are_read_as_before(write):
    path = write([{"text": "no", "words": ["Ms", "Lee"], "tags": ["O", "B-P"]}])
    assert read(path)[0].words == ("Ms", "Lee")


def test_predictions_are_spans_too_and_scored(write, tmp_path):
    path = write([{"text": TEXT, "label": SPANS}, {"text": "", "label": []}])
    source = splits.DataSource(
        files={"dev": path},
        columns=file_columns.Columns("tagging"),
        on_bad_row="skip",
    )
    task = kinds.custom_task("tagging")
    split = split_files.read(task, "dev", source, labelled=True)
    # As a model may say it: an entity that nothing begins.
    predicted = [["O", "I-PER", *TAGS[2:10], "O", "O"], None]
    paths = tag_predictions.write(
        str(tmp_path / "dev_predictions"), split, predicted, "BIO"
    )
    row = json.loads(open(paths[1]).read())
    assert row == {"id": "0", "text": TEXT, "label": SPANS[:3]}
    assert open(paths[0]).read().splitlines()[1] == "Lee\tB-PER\tB-PER"
    for name in paths:
        values = file_metrics.evaluate(task, "dev", source, name)
        assert values["recall"] == 3 / 4 and values["precision"] == 1


@pytest.mark.shared
def test_cluener(shared):
    count = 0
    for name in ("train", "dev"):
        path = str(shared / f"data/zh/cluener/{name}.json")
        rows = [json.loads(line) for line in open(path)]
        for row, example in zip(rows, read(path), strict=True):
            expected = sorted(
                (start, end + 1, kind)
                for kind, texts in row["label"].items()
                for places in texts.values()
                for start, end in places
            )
            found = entity_words.entities(example.places, example.tags)
            assert found == expected
            count += 1
    assert count == 7657
