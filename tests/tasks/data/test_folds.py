"""--folds: training rows divided for cross-validation."""

import collections
import random

import pytest

import albert_tf
from data_pipeline.tasks import example_types
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.partitions import folds
from data_pipeline.tasks.partitions import held_out

CLASSES = kinds.custom_task("classification")


def texts(count, label=lambda n: "ab"[n % 2]):
    return [
        example_types.TextExample(str(n), (f"text {n}",), label(n))
        for n in range(count)
    ]


def split(examples):
    ids = [example and example.id for example in examples]
    return splits.Split("train", "train.csv", examples, ids)


def test_every_row_is_in_one_fold_and_folds_have_all_classes():
    # One row in ten is of class b.
    examples = texts(203, lambda n: "b" if n % 10 == 0 else "a")
    numbers = folds.numbers(split(examples), 5)
    sizes = collections.Counter(numbers)
    assert sorted(sizes) == [1, 2, 3, 4, 5]
    assert set(sizes.values()) == {40, 41}
    rare = collections.Counter(numbers[::10])
    assert set(rare.values()) == {4, 5}


def test_the_order_of_the_file_does_not_count():
    examples = texts(60) + texts(20, lambda n: "b")  # some texts have both
    by_text = dict(
        zip(
            [e.texts for e in examples],
            folds.numbers(split(examples), 3),
            strict=True,
        )
    )
    random.Random(0).shuffle(examples)
    for example, number in zip(
        examples, folds.numbers(split(examples), 3), strict=True
    ):
        assert by_text[example.texts] == number


@pytest.mark.parametrize(
    "example",
    [
        lambda n: example_types.TextExample("", (f"{n // 2}",), "ab"[n % 2]),
        lambda n: example_types.SpanExample("", f"{n}", f"passage {n // 2}"),
        lambda n: example_types.ChoiceExample("", f"passage {n // 2}", ("a",)),
        lambda n: example_types.TaggedExample("", (f"{n // 2}",), ("O",)),
    ],
)
def test_what_belongs_together_is_in_one_fold(example):
    numbers = folds.numbers(split([example(n) for n in range(20)]), 5)
    assert numbers[::2] == numbers[1::2]
    assert collections.Counter(numbers) == {n: 4 for n in range(1, 6)}


def test_skipped_rows_are_in_no_fold():
    examples = [None, *texts(4), None]
    assert folds.numbers(split(examples), 2)[::5] == [None, None]
    train, held = folds.split(CLASSES, split(examples), 2, 1)
    assert held.name == held_out.NAME and len(held.examples) == 2
    assert None not in held.examples
    assert train.classes == held.classes == ("a", "b")


def test_more_folds_than_texts():
    examples = [*texts(3), *texts(3)]
    message = "--folds=5 for train.csv, which has 3 different texts in 6 rows"
    with pytest.raises(ValueError, match=message):
        folds.numbers(split(examples), 5)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"fold": 1}, "--fold must be used with --folds"),
        ({"folds": 2, "fold": 3}, "--fold must be at most --folds"),
        ({"folds": 1}, "--folds must be at least 2"),
        ({"folds": 2, "fold": 0}, "--fold must be at least 1"),
        ({"folds": 2, "eval_file": "a.csv"}, "--folds and --eval_file must"),
        ({"folds": 2, "eval_fraction": 0.1}, "--folds and --eval_fraction mu"),
    ],
)
def test_settings_that_contradict(settings, message):
    with pytest.raises(ValueError, match=message):
        from_config.source(albert_tf.FinetuneConfig(**settings), CLASSES)


def test_a_split_is_read_and_what_a_fold_lacks_is_said(tmp_path, caplog):
    caplog.set_level("INFO", logger="absl")
    rows = [f"text {n},{'ab'[n % 2]}\n" for n in range(8)]
    path = tmp_path / "train.csv"
    path.write_text("".join(["text,label\n", *rows, "a lone one,c\n"]))
    seen = []
    for fold in (1, 2, 3):
        config = albert_tf.FinetuneConfig(train_file=path, folds=3, fold=fold)
        source = from_config.source(config, CLASSES)
        assert from_config.evaluation_splits(config, CLASSES) == ("held_out",)
        assert split_files.exists(CLASSES, "held_out", source)
        train, held = (
            split_files.read(CLASSES, name, source, labelled=True)
            for name in ("train", "held_out")
        )
        assert (len(train.examples), len(held.examples)) == (6, 3)
        assert held.classes == ("a", "b", "c")
        seen += held.ids
    assert sorted(seen, key=int) == [str(n) for n in range(9)]
    assert "Fold 1 of 3 divides" in caplog.text
    assert caplog.text.count("No row to train on has the class c.") == 1
