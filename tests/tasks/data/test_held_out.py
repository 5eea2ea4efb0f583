"""--eval_fraction: rows of the training file held out by a hash of them."""

import collections
import random

import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.partitions import held_out

CLASSES = kinds.custom_task("classification")


def texts(count):
    return [
        example_types.TextExample(str(n), (f"text {n}",), "ab"[n % 2])
        for n in range(count)
    ]


def split(examples):
    ids = [example and example.id for example in examples]
    return splits.Split("train", "train.csv", examples, ids)


def sides(task, examples, fraction):
    train, held = held_out.split(task, split(examples), fraction)
    assert held.name == "held_out" and train.name == "train"
    return train, held


def test_about_the_fraction_and_every_row_once():
    train, held = sides(CLASSES, texts(2000), 0.1)
    assert 150 < len(held.examples) < 250
    assert len(train.ids) == len(train.examples)
    both = [example.id for example in train.examples + held.examples]
    assert sorted(both) == sorted(str(n) for n in range(2000))


def test_the_side_follows_from_the_text_alone():
    examples = texts(300)
    _, held = sides(CLASSES, examples, 0.2)
    expected = {example.texts for example in held.examples}
    random.Random(0).shuffle(examples)
    _, held = sides(CLASSES, examples[:200] + texts(300), 0.2)
    assert {example.texts for example in held.examples} == expected
    # More rows hold out the same ones and others.
    _, more = sides(CLASSES, examples, 0.3)
    assert expected < {example.texts for example in more.examples}


@pytest.mark.parametrize(
    "kind, make",
    [
        ("classification", lambda n: (("the same",), "ab"[n % 2])),
        ("span", lambda n: (f"question {n}", "one passage", ())),
        ("multiple_choice", lambda n: ("one passage", (f"a{n}", "b"), 0)),
        ("tagging", lambda n: (("one", "word"), ("O", "B-X"))),
    ],
)
def test_what_is_equal_stays_together(kind, make):
    classes = {
        "classification": example_types.TextExample,
        "span": example_types.SpanExample,
        "multiple_choice": example_types.ChoiceExample,
        "tagging": example_types.TaggedExample,
    }
    same = [classes[kind](str(n), *make(n)) for n in range(20)]
    with pytest.raises(ValueError, match="must leave rows to train on"):
        sides(kinds.custom_task(kind), same, 0.5)


def test_both_sides_know_all_classes_and_the_log_names_what_one_lacks(caplog):
    caplog.set_level("INFO", logger="absl")
    examples = texts(200)
    _, held = sides(CLASSES, examples, 0.1)
    rare = held.examples[0]
    examples[int(rare.id)] = example_types.TextExample(
        rare.id, rare.texts, "rare"
    )
    train, held = sides(CLASSES, examples, 0.1)
    assert train.classes == held.classes == ("a", "b", "rare")
    held_out.log(train, held, "--eval_fraction=0.1")
    assert "No row to train on has the class rare." in caplog.text
    counts = f"{len(train.examples)} rows to train on and "
    assert counts + f"{len(held.examples)} to evaluate on" in caplog.text


def test_skipped_rows_are_not_held_out():
    examples = [None, *texts(100)]
    train, held = sides(CLASSES, examples, 0.5)
    assert None in train.examples and None not in held.examples


def test_it_is_read_as_a_part(tmp_path):
    path = tmp_path / "train.csv"
    rows = [f"text {n},{'ab'[n % 2]}" for n in range(100)]
    path.write_text("text,label\n" + "\n".join(rows) + "\n")
    source = splits.DataSource(
        files={"train": str(path)},
        columns=file_columns.Columns("classification"),
        eval_fraction=0.3,
    )
    found = collections.Counter()
    for name in ("train", "held_out"):
        split = split_files.read(CLASSES, name, source, labelled=True)
        assert split.name == name and split.path == str(path)
        found.update(example.texts for example in split.examples)
    assert len(found) == 100 and set(found.values()) == {1}
    assert split_files.exists(CLASSES, "held_out", source)
    assert not split_files.exists(CLASSES, "dev", source)
