"""Predictions as rows with their texts, written and shown."""

import csv
import json

import numpy as np
import pytest

from data_pipeline.io import aligned_table
from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.results import predicted_rows
from data_pipeline.tasks.results import prediction_output
from data_pipeline.text import tokenizers


@pytest.fixture
def rows(vocabulary):
    """From examples and logits of a kind of task to rows."""

    def make(task, examples, logits, labels=(), scheme="none", **outputs):
        split = splits.Split(
            "test", "x", examples, [str(n) for n in range(len(examples))]
        )
        data = task_data.TaskData(
            task,
            splits.DataSource(),
            labels,
            tokenizers.load(vocabulary),
            max_lengths.RowLengths(max_seq_length=32, max_query_length=8),
            (32,),
        )
        data.scheme = scheme
        encoded = data.encode(split)
        outputs = outputs or {"logits": np.array(logits, np.float32)}
        predictions = data.predictions(encoded, outputs)
        return predicted_rows.of(data, encoded, predictions, 0.0)

    return make


def text(number, *texts, label=None):
    return example_types.TextExample(str(number), texts, label)


def test_classes(rows):
    examples = [text(0, "a", label="x"), None, text(2, "b", "c")]
    found = rows(
        kinds.custom_task("classification"),
        examples,
        [[0.0, 0.0], [np.log(3), 0.0]],
        ["x", "y"],
    )
    assert found == [
        {
            "index": "0",
            "text": "a",
            "prediction": "x",
            "probability": 0.5,
            "label": "x",
        },
        {"index": "1", "prediction": None, "label": None},
        {
            "index": "2",
            "text": "b",
            "second_text": "c",
            "prediction": "x",
            "probability": 0.75,
            "label": None,
        },
    ]


def test_several_labels_are_the_likeliest_first(rows):
    found = rows(
        kinds.custom_task("multilabel"),
        [text(0, "a"), text(1, "b")],
        [[0.1, -1.0, 2.0], [-1.0, -1.0, -1.0]],
        ["x", "y", "z"],
    )
    assert found[0]["prediction"] == ["z", "x"]
    assert found[0]["probability"] == pytest.approx([0.8808, 0.525], abs=1e-4)
    assert found[1]["prediction"] == found[1]["probability"] == []
    assert "label" not in found[0]


def test_numbers_and_choices(rows):
    found = rows(
        kinds.custom_task("regression"), [text(0, "a", label=2.0)], [[1.5]]
    )
    assert found[0]["prediction"] == 1.5 and found[0]["label"] == 2.0
    assert "probability" not in found[0]
    choice = example_types.ChoiceExample("0", "it", ("a", "b", "c", "d"), 0)
    logits = [[0.0, 1.0, 0.0, 0.0]]
    (found,) = rows(kinds.custom_task("multiple_choice"), [choice], logits)
    assert found["prediction"] == 1 and found["choices"] == ["a", "b", "c", "d"]
    (found,) = rows(table.named("race"), [choice], logits)
    assert found["prediction"] == "B" and found["label"] == "A"


def test_tags_and_entities(rows):
    labels = ["O", "B-P", "I-P"]
    example = example_types.TaggedExample(
        "0", ("a", "cat"), text="a cat", places=((0, 1), (2, 5))
    )
    logits = np.zeros([1, 32, 3])
    logits[0, 1, 1] = 9.0  # the first word
    # Wherever the second word begins.
    logits[0, 2:, 2] = 9.0
    (found,) = rows(
        kinds.custom_task("tagging"), [example], logits, labels, scheme="BIOES"
    )
    assert found["prediction"] == ["B-P", "E-P"]
    assert len(found["probability"]) == 2
    (entity,) = found["entities"]
    assert entity.pop("probability") == pytest.approx(0.9997, abs=1e-4)
    assert entity == {"start": 0, "end": 5, "type": "P", "text": "a cat"}
    shown = prediction_output.table([found])
    assert "a cat [P]" in shown and "B-P" not in shown


@pytest.mark.parametrize("null, answer", [(-50.0, "the cat"), (50.0, "")])
def test_answers(rows, null, answer):
    example = example_types.SpanExample(
        "0", "who?", "the cat", ((4, "cat"), (0, "the cat"))
    )
    logits = np.full([1, 32], -9.0, np.float32)
    logits[0, 0] = null
    start, end = logits.copy(), logits.copy()
    start[0, 1:] = np.arange(31, 0, -1)
    end[0, 1:] = np.arange(31)
    (found,) = rows(
        kinds.custom_task("span", unanswerable=True),
        [example],
        None,
        start_logits=start,
        end_logits=end,
    )
    assert found["prediction"] == answer
    assert found["start"] == (0 if answer else None)
    assert found["label"] == ["cat", "the cat"]
    assert (found["null_score"] > 0) == (not answer)


ROWS = [
    {"index": "0", "text": 'a, "b"', "prediction": ["x", "y"], "label": "é"},
    {"index": "1", "prediction": None},
]


def test_files(tmp_path):
    path = tmp_path / "new/o.jsonl"
    prediction_output.write(str(path), ROWS)
    lines = path.read_text().splitlines()
    assert [json.loads(line) for line in lines] == ROWS
    path = tmp_path / "o.CSV"
    prediction_output.write(str(path), ROWS)
    with path.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert found[0]["text"] == 'a, "b"' and found[0]["label"] == "é"
    assert json.loads(found[0]["prediction"]) == ["x", "y"]
    assert found[1]["prediction"] == found[1]["text"] == ""
    with pytest.raises(ValueError, match=r"must end in \.jsonl or \.csv"):
        prediction_output.check("o.txt")


def test_tables_are_aligned_and_cut():
    found = aligned_table.text(
        ("text", "n"),
        [("短い文", "1.5"), ("a\nb\x1b[31m", "10"), ("x" * 50, "")],
        12,
    )
    assert found.splitlines() == [
        "text            n",
        "短い文        1.5",
        "a b[31m        10",
        "xxxxxxxxxxx…",
    ]
