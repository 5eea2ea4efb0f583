"""Weights of classes and examples, and the drawing of rare classes."""

import json

import numpy as np
import pytest
import sklearn.utils.class_weight

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.batches import class_sampling
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.batches import training_weights
from data_pipeline.tasks.data import custom
from data_pipeline.tasks.data import main_metrics
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.kinds import task_kind

ONE = kinds.custom_task("classification")
SEVERAL = kinds.custom_task("multilabel")
LABELS = ["a", "b", "c"]


def split_of(*labels, weights=None):
    examples = [
        example_types.TextExample(str(n), ("x",), label)
        if weights is None
        else example_types.WeightedTextExample(
            str(n), ("x",), label, weights[n]
        )
        for n, label in enumerate(labels)
    ]
    ids = [example.id for example in examples]
    return splits.Split("train", "train.csv", examples, ids, "none", ())


def encoded(split, labels):
    rows = [{"token_ids": [2, 3], "segment_ids": [0, 0]}] * len(labels)
    features = item_features.from_rows(
        rows, {"label": np.array(labels)}, list(range(len(labels)))
    )
    return task_kind.Encoded(split, features)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_an_epoch_has_each_class_by_a_power_of_its_size(power):
    classes = np.repeat([0, 1, 2], [900, 90, 10])
    rng = np.random.default_rng(3)
    found = class_sampling.epoch(classes, power, rng)
    assert len(found) == 1000
    shares = np.bincount(classes[found]) / 1000
    expected = np.array([900, 90, 10]) ** power
    np.testing.assert_allclose(shares, expected / expected.sum(), atol=1e-3)
    for number in range(3):
        times = np.bincount(found, minlength=1000)[classes == number]
        assert times.max() - times.min() <= 1


def test_a_class_with_one_example_is_in_each_epoch():
    classes = np.array([0] * 999 + [1])
    for power in (0.0, 0.5, 1.0):
        found = class_sampling.epoch(classes, power, np.random.default_rng(1))
        assert len(found) == 1000 and 999 in found
    many = np.concatenate([np.zeros(5, int), np.arange(1, 40)])
    found = class_sampling.epoch(many, 0.3, np.random.default_rng(1))
    assert sorted(np.unique(many[found])) == list(range(40))


@pytest.mark.parametrize("pack", [False, True], ids=["one", "packed"])
def test_a_plan_draws_rare_classes(pack):
    rng = np.random.default_rng(0)
    lengths = {"t": rng.integers(3, 33, 400)}
    classes = {"t": np.array([0] * 380 + [1] * 20)}
    plans = [
        batch_plan.make(
            lengths,
            {"t": (32,)},
            num_steps=60,
            batch_size=8,
            seed=seed,
            classes=classes,
            class_sampling_power=0.0,
            pack=pack,
        )
        for seed in (1, 1, 2)
    ]
    items = [plan.items[0][plan.items[0] >= 0] for plan in plans]
    assert classes["t"][items[0]].mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(items[0], items[1])
    assert not np.array_equal(items[0], items[2])
    if pack:
        for row in plans[0].items[0].reshape(-1, plans[0].items[0].shape[-1]):
            assert lengths["t"][row[row >= 0]].sum() <= 32


def test_balanced_weights_are_those_of_scikit_learn():
    given = ["a"] * 6 + ["b"] * 3 + ["c"]
    found = training_weights.of_classes(
        "balanced", ONE, split_of(*given), LABELS
    )
    expected = sklearn.utils.class_weight.compute_class_weight(
        "balanced", classes=np.array(LABELS), y=np.array(given)
    )
    np.testing.assert_allclose([found[x] for x in LABELS], expected)


def test_weights_of_labels_are_those_of_their_positives():
    split = split_of(("a",), ("a", "b"), (), ("a",))
    found = training_weights.of_classes("balanced", SEVERAL, split, LABELS)
    assert found == {"a": 1 / 3, "b": 3.0, "c": 1.0}
    label = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 0, 0]], np.float32)
    weights = training_weights.of_items(encoded(split, label), LABELS, found)
    np.testing.assert_allclose(weights[1], [1 / 3, 3, 1], rtol=1e-6)
    np.testing.assert_allclose(weights[2], [1, 1, 1])


def test_weights_of_examples_have_the_mean_one():
    split = split_of("a", "a", "b", "c", weights=[1.0, 3.0, 0.0, 2.0])
    own = encoded(split, [0, 0, 1, 2])
    weights = training_weights.of_items(own, LABELS, {})
    np.testing.assert_allclose(weights, np.array([1, 3, 0, 2]) / 1.5)
    both = training_weights.of_items(own, LABELS, dict(a=1, b=1, c=4))
    np.testing.assert_allclose(both, np.array([1, 3, 0, 8]) / 3)
    plain = split_of("a", "b", "c")
    assert (
        training_weights.of_items(encoded(plain, [0, 1, 2]), LABELS, {}) is None
    )
    with pytest.raises(ValueError, match="must have a weight above 0"):
        none = split_of("a", "b", weights=[0.0, 0.0])
        training_weights.of_items(encoded(none, [0, 1]), LABELS, {})


def test_batches_hold_weights():
    own = encoded(split_of("a", "b", "c"), [0, 1, 2])
    labels = {**own.features.labels, "weight": np.float32([0.5, 2, 0.5])}
    features = item_features.from_rows(
        [{"token_ids": [2, 3], "segment_ids": [0, 0]}] * 3, labels, [0, 1, 2]
    )
    packed = np.array([[[2, 1], [0, -1]]])
    (batch,) = input_pipeline.batches(features, packed, 8, training=True)
    np.testing.assert_allclose(batch["weight"][0], [0.5, 2])
    assert batch["weight"].shape == (2, 2)
    (batch,) = input_pipeline.batches(features, packed, 8)
    assert "weight" not in batch


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ({"a": 1, "b": 1}, "missing: 'c'"),
        ({"a": 1, "b": 1, "c": 1, "d": 1}, "unknown: 'd'"),
        ({"a": -1, "b": 1, "c": 1}, "must be a number from 0 on"),
        ({"a": "1", "b": 1, "c": 1}, "must be a number from 0 on"),
        ({"a": True, "b": 1, "c": 1}, "must be a number from 0 on"),
        ({"a": 0, "b": 0, "c": 0}, "a weight above 0"),
        ([1, 2, 3], "object"),
    ],
)
def test_files_of_weights_that_do_not_fit(tmp_path, content, rule):
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rule):
        training_weights.of_classes(str(path), ONE, split_of("a"), LABELS)


def test_tasks_without_classes_have_no_class_weights():
    with pytest.raises(ValueError, match="these kinds: classification, multi"):
        training_weights.of_classes(
            "balanced", kinds.custom_task("regression"), split_of("a"), []
        )


def test_the_chance_loss_is_the_best_of_a_constant():
    features = encoded(split_of(), [0] * 8 + [1] * 2).features
    weights = np.float32([0.5] * 8 + [3] * 2)

    def loss(prediction, labels, own, smoothing):
        targets = np.eye(2)[labels] * (1 - smoothing) + smoothing / 2
        return (own * -(targets * np.log(prediction)).sum(-1)).mean()

    label = features.labels["label"]
    for own, smoothing in ((np.ones(10), 0.0), (weights, 0.0), (weights, 0.2)):
        found = training_weights.chance_loss(features, own, 1.0, smoothing, 2)
        grid = [
            loss([p, 1 - p], label, own, smoothing)
            for p in np.linspace(0.01, 0.99, 981)
        ]
        assert found == pytest.approx(min(grid), abs=1e-4)
    equal = training_weights.chance_loss(features, None, 0.0, 0.0, 2)
    assert equal == pytest.approx(np.log(2))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((60, 35, 5), ("c", 0.05)),
        ((45, 45, 10), None),
        ((100,), None),
        ((95, 5), ("b", 0.05)),
        ((5,) * 20, None),
        ((10,) * 19 + (2,), ("t", 2 / 192)),
    ],
)
def test_rare_classes(counts, expected):
    labels = [
        chr(97 + n) for n, count in enumerate(counts) for _ in range(count)
    ]
    found = main_metrics.rare_class(split_of(*labels))
    assert found == (expected and pytest.approx(expected)) or (
        found[0] == expected[0] and found[1] == pytest.approx(expected[1])
    )


def test_metrics_that_a_kind_does_not_have():
    assert main_metrics.given([ONE], "macro_f1").metric == "macro_f1"
    with pytest.raises(ValueError, match="one of accuracy, macro_f1, matthews"):
        main_metrics.given([ONE], "f2")
    with pytest.raises(ValueError, match="left out for tasks of this kind"):
        main_metrics.given([kinds.custom_task("span")], "f1")
    with pytest.raises(ValueError, match="must be used with one task"):
        main_metrics.given([ONE, table.named("rte")], "accuracy")
    # The official metric of a published task is still reported.
    task = main_metrics.given([table.named("cola")], "macro_f1")
    assert table.metrics_of(task) == {"macro_f1", "matthews"}


def read_weighted(tmp_path, cell, **changes):
    path = tmp_path / "rows.csv"
    path.write_text(f"text,label,w\nx,a,{cell}\ny,b,2\n")
    columns = file_columns.Columns(
        "classification", **{"weight": "w", **changes}
    )
    source = splits.DataSource(
        data_dir=None,
        files={"train": str(path), "dev": str(path)},
        tfds=False,
        on_bad_row="stop",
        level="all",
        token_column=0,
        tag_column=-1,
        columns=columns,
    )
    return [
        split_files.read(ONE, name, source, labelled=True).examples
        for name in ("train", "dev")
    ]


def test_the_weight_column_is_read_from_the_training_file_only(tmp_path):
    train, dev = read_weighted(tmp_path, "0.5")
    assert [example.weight for example in train] == [0.5, 2.0]
    assert not hasattr(dev[0], "weight")


@pytest.mark.parametrize("cell", ["-1", "much", "", "nan", "inf"])
def test_weights_that_are_none(tmp_path, cell):
    with pytest.raises(ValueError, match="column 'w' must hold a"):
        read_weighted(tmp_path, cell)


def test_a_weight_column_that_is_missing_or_not_for_this_kind(tmp_path):
    with pytest.raises(ValueError, match="missing: weight"):
        read_weighted(tmp_path, "1", weight="weight")
    with pytest.raises(ValueError, match="--weight_column must be used with"):
        custom.check(file_columns.Columns("tagging", weight="w"))
