"""The names of a model's classes, and what they are of a task."""

import types

import pytest

from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import class_names
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.tags import label_schemes


@pytest.mark.parametrize(
    "task, names, labels",
    [
        ("rte", "NOT_ENTAILMENT Entailment", "not_entailment entailment"),
        ("qnli", "entailment not-entailment", "entailment not_entailment"),
        ("cola", "acceptable unacceptable", "1 0"),
        ("mrpc", "Not_Equivalent equivalent", "0 1"),
        ("qqp", "duplicate not_duplicate", "1 0"),
        ("wnli", "1 0", "1 0"),
        ("ax", "neutral entailment contradiction", None),
    ],
)
def test_names_meet(task, names, labels):
    found = class_names.in_order(table.TASKS[task], names.split())
    assert found == (labels or names).split()


@pytest.mark.parametrize(
    "task, names", [("rte", "a b"), ("rte", "entailment"), ("sst-2", "0 0")]
)
def test_names_that_do_not_meet(task, names):
    with pytest.raises(ValueError, match="must have the classes .*--labels"):
        class_names.in_order(table.TASKS[task], names.split())


@pytest.mark.parametrize(
    "labels, bio",
    [
        ("O B-P I-P", "O B-P I-P"),
        ("O I-P I-Q", "O I-P I-Q"),
        ("B-P I-P E-P S-P O", "B-P I-P I-P B-P O"),
        ("B-P M-P E-P S-P O", "B-P I-P I-P B-P O"),
        ("B-P I-P L-P U-P O", "B-P I-P I-P B-P O"),
        ("B-P I-P X [CLS] O", "B-P I-P O O O"),
        ("NOUN VERB", "NOUN VERB"),
        ("Q-A Z-B", "Q-A Z-B"),
    ],
)
def test_labels_of_taggers(labels, bio):
    assert label_schemes.as_bio(labels.split()) == bio.split()


@pytest.mark.parametrize(
    "labels, scheme",
    [
        ("O B-P I-P", "BIO"),
        ("O I-P B-Q I-Q", "IOB1"),
        ("O B-P", "BIO"),
        ("O B-P I-P E-P S-P", "BIOES"),
        ("O B-P M-P E-P W-P", "BMEWO"),
        ("O", "none"),
    ],
)
def test_schemes_of_taggers(labels, scheme):
    assert label_schemes.scheme_of(labels.split()) == scheme


def known(tmp_path, kind, labels, num_classes, is_stated=True):
    own = types.SimpleNamespace(
        kind=kind,
        is_stated=is_stated,
        labels=labels,
        num_classes=num_classes,
        others={},
        max_seq_length=None,
    )
    return saved_tasks.of_model(str(tmp_path), own)


def test_a_kind_that_no_file_says(tmp_path):
    saved = known(tmp_path, "classification", ("a", "b"), 2, is_stated=False)
    assert saved.labels(kinds.custom_task("multilabel")) == ["a", "b"]
    saved = known(tmp_path, "classification", ("a", "b"), 2)
    with pytest.raises(ValueError, match="--task_type=classification"):
        saved.labels(kinds.custom_task("multilabel"))


def test_classes_without_names(tmp_path, caplog):
    saved = known(tmp_path, "classification", (), 3)
    assert saved.labels(kinds.custom_task("classification")) == ["0", "1", "2"]
    assert "assumed to be 0, 1, 2" in caplog.text
    assert saved.labels(kinds.custom_task("classification"), "xyz") == [*"xyz"]
    with pytest.raises(ValueError, match="3 classes must have a name"):
        saved.labels(kinds.custom_task("classification"), "xy")
    for kind, given in (("classification", "xxy"), ("regression", "x")):
        with pytest.raises(ValueError, match="name each class once"):
            known(tmp_path, None, (), 0).labels(kinds.custom_task(kind), given)
    with pytest.raises(ValueError, match="with 3 classes without a task.json"):
        saved.labels(table.TASKS["sst-2"])
    tagger = known(tmp_path, "tagging", (), 3)
    with pytest.raises(ValueError, match="--labels"):
        tagger.labels(kinds.custom_task("tagging"))


def test_training_keeps_the_order_of_a_head(tmp_path, caplog):
    task = table.TASKS["mnli"]
    saved = known(tmp_path, None, ("NEUTRAL", "entailment", "Contradiction"), 3)
    ordered = ["neutral", "entailment", "contradiction"]
    assert saved.in_models_order(task, task.labels) == ordered
    custom = kinds.custom_task("classification")
    assert saved.in_models_order(custom, ["a", "b"]) == ["a", "b"]
    assert "other names" not in caplog.text
    assert saved.in_models_order(custom, ["a", "b", "c"]) == ["a", "b", "c"]
    assert "other names: NEUTRAL" in caplog.text
