"""Outputs of a model to predictions, files and what the GLUE site takes."""

import zipfile

import numpy as np
import pytest
import tensorflow as tf
import two_tasks

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import submission
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def texts(labels, skipped=()):
    """A split of numbered examples with these labels, and its features."""
    found = [
        None
        if number in skipped
        else example_types.TextExample(str(number), ("The cat.",), label)
        for number, label in enumerate(labels)
    ]
    ids = [example and example.id for example in found]
    kept = [n for n in range(len(found)) if n not in skipped]
    rows = [{"token_ids": [2, 7, 3], "segment_ids": [0] * 3} for _ in kept]
    return (
        splits.Split("dev", "dev.tsv", found, ids),
        item_features.from_rows(rows, {}, kept),
    )


def test_a_skipped_row_has_the_commonest_prediction(tmp_path):
    split, made = texts(["1", "0", "1", "1"], skipped=[1])
    outputs = {"logits": np.array([[0.0, 2.0], [3.0, 0.0], [0.0, 1.0]])}
    task = table.named("sst-2")
    kind, labels = kinds.of(task), ["0", "1"]
    encoded = task_kind.Encoded(split, made)
    found = kind.predict(encoded, outputs, labels, task_kind.AnswerOptions())
    assert found == ["1", None, "0", "1"]
    scores = kind.score(task, split, found, labels, None)
    assert scores["accuracy"] == pytest.approx(2 / 3)
    predictions = task_kind.Predictions(found, outputs)
    (path,) = kind.write(
        str(tmp_path), task, encoded, predictions, labels, None, "none"
    )
    lines = [line.split("\t") for line in open(path).read().splitlines()]
    assert lines[0] == ["index", "prediction", "0", "1"]
    assert [line[:2] for line in lines[1:]] == [
        ["0", "1"],
        ["1", "1"],
        ["2", "0"],
        ["3", "1"],
    ]
    assert float(lines[1][3]) == pytest.approx(1 / (1 + np.exp(-2)), rel=1e-5)


@pytest.mark.parametrize(
    "kind, logits, labels, expected",
    [
        ("regression", [1.25], [], 1.25),
        ("multilabel", [1.0, -1.0, 0.5], ["a", "b", "c"], ("a", "c")),
        ("multiple_choice", [0.1, 0.3, 0.2], [], 1),
    ],
)
def test_predictions_of_each_kind(kind, logits, labels, expected):
    encoded = task_kind.Encoded(*texts([None]))
    outputs = {"logits": np.array([logits])}
    found = kinds.KINDS[kind].predict(
        encoded, outputs, labels, task_kind.AnswerOptions()
    )
    assert found == [expected]


def test_mnli_is_submitted_in_two_files(tmp_path):
    split, _ = texts([None, None])
    task = table.named("mnli")
    path = submission.write(
        str(tmp_path),
        task,
        {
            "test_matched": (split, ["neutral", "entailment"]),
            "test_mismatched": (split, ["contradiction", "neutral"]),
        },
    )
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["MNLI-m.tsv", "MNLI-mm.tsv"]
        text = archive.read("MNLI-mm.tsv").decode()
    assert text == "index\tprediction\n0\tcontradiction\n1\tneutral\n"


def test_a_skipped_row_is_submitted_by_its_number(tmp_path):
    split, _ = texts([None, None, None], skipped=[0, 2])
    found = {"test": (split, [None, "1", None])}
    path = submission.write(str(tmp_path), table.named("cola"), found)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("CoLA.tsv").decode()
    assert text == "index\tprediction\n0\t1\n1\t1\n2\t1\n"


def test_ids_of_their_own_and_rows_without_one():
    split, _ = texts(["0", "0", "0"], skipped=[1])
    assert split.indices == ["0", "1", "2"]
    named = splits.Split("dev", "dev.tsv", split.examples, ["1", None, "7"])
    assert named.indices == ["1", "row 1", "7"]


def test_chance_is_the_entropy_of_the_labels():
    def made(values, dtype):
        labels = {"label": np.array(values, dtype)}
        return item_features.Features(
            np.array([0]), {}, labels, np.arange(len(values))
        )

    classes = made([0, 0, 0, 1, -1], np.int32)
    expected = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    loss = kinds.of(table.named("rte")).chance_loss(classes)
    assert loss == pytest.approx(expected)
    numbers = made([1.0, 3.0], np.float32)
    assert kinds.of(table.named("sts-b")).chance_loss(numbers) == 1.0
    sets = made([[1, 0], [0, 0]], np.float32)
    loss = kinds.KINDS["multilabel"].chance_loss(sets)
    assert loss == pytest.approx(np.log(2) / 2, abs=1e-4)
    assert kinds.of(table.named("squad1")).chance_loss(classes) is None


def test_what_is_saved_beside_a_model(vocabulary, tmp_path):
    tokenizer = tokenizers.load(vocabulary)
    mnli = table.named("mnli")
    row = saved_tasks.row(mnli, mnli.labels, num_texts=2)
    saved_tasks.write(str(tmp_path), {"mnli": row}, 64, tokenizer)
    saved = saved_tasks.read(str(tmp_path))
    assert saved.max_seq_length == 64
    assert saved.tasks == {"mnli": row}
    # ax is answered by a model of MNLI.
    assert saved.labels(table.named("ax")) == list(mnli.labels)
    saved_tasks.write_threshold(str(tmp_path), mnli, 1.5)
    assert saved_tasks.read(str(tmp_path)).threshold(mnli) == 1.5
    loaded = saved_tasks.tokenizer(None, str(tmp_path))
    assert loaded.fingerprint == tokenizer.fingerprint
    with pytest.raises(ValueError, match="tasks of its own kind"):
        saved.labels(kinds.custom_task("tagging"))
    with pytest.raises(ValueError, match="--spm_model_file"):
        saved_tasks.tokenizer(None, str(tmp_path / "elsewhere"))


def test_labels_of_a_file_that_is_damaged(vocabulary, tmp_path):
    task = kinds.custom_task("classification")
    tokenizer = tokenizers.load(vocabulary)
    row = saved_tasks.row(task, ["é", "a"])
    saved_tasks.write(str(tmp_path), {"custom": row}, 64, tokenizer)
    assert saved_tasks.read(str(tmp_path)).labels(task) == ["é", "a"]
    path = tmp_path / "task.json"
    whole = path.read_text("utf-8")
    for content in (
        "{",
        '["a"]',
        '{"tasks": {"custom": {"labels": ["a"]}}}',
        whole.replace("é", "a"),
        whole.replace('"é"', "1"),
    ):
        path.write_text(content, "utf-8")
        with pytest.raises(ValueError, match="task.json must"):
            saved_tasks.read(str(tmp_path))


def test_scores_of_several_tasks(vocabulary, tmp_path):
    """A model that answers the first class, and 2.5."""
    datas = two_tasks.datas(
        tmp_path, vocabulary, "s\t0\t\tThe cat.\ns\t1\t\tA dog.\n"
    )

    def predict(task, batches):
        items = sum(
            int((batch["item"] >= 0).numpy().sum()) for batch in batches
        )
        logits = [[1.0, 0.0]] if task == "cola" else [[2.5]]
        return {"logits": np.repeat(logits, items, axis=0)}

    values = evaluation.score(
        tf.distribute.get_strategy(),
        predict,
        datas,
        batch_size=4,
        threshold=None,
        output_dir=str(tmp_path / "out"),
    )
    assert values["cola/accuracy"] == 0.5 and values["cola/matthews"] == 0
    assert values["sts-b/mean_squared_error"] == pytest.approx(4.25)
    assert values["score"] == 0
    assert (tmp_path / "out/cola/dev_predictions.tsv").exists()
    with pytest.raises(FileNotFoundError, match="--predict_file"):
        evaluation.predict_tests(
            tf.distribute.get_strategy(),
            predict,
            datas[0],
            batch_size=4,
            threshold=None,
            folder=None,
        )


@pytest.mark.parametrize(
    "tags, scheme, expected",
    [
        ("NN VB NN", "none", {"score": 2 / 3, "accuracy": 2 / 3}),
        ("U-P O U-P", "BIO", {"score": 0.8, "accuracy": 2 / 3}),
        # As the training data has it, although no entity shows it here.
        ("O O O", "BIO", {"score": 0.0, "accuracy": 0.0}),
    ],
)
def test_words_without_entities_have_no_f1(
    vocabulary, tmp_path, tags, scheme, expected
):
    """A model that answers the first class."""
    path = tmp_path / "dev.conll"
    path.write_text("".join(f"cat {tag}\n" for tag in tags.split()))
    labels = ["NN", "VB"] if scheme == "none" else ["B-P", "I-P", "O"]
    source = splits.DataSource(
        files={"dev": str(path)}, columns=file_columns.Columns("tagging")
    )
    data = task_data.TaskData(
        kinds.custom_task("tagging"),
        source,
        labels,
        tokenizers.load(vocabulary),
        max_lengths.RowLengths(max_seq_length=16),
        (16,),
    )
    data.scheme = scheme

    def predict(task, batches):
        shape = next(iter(batches))["token_ids"].shape
        logits = np.zeros([1, shape[1], len(labels)])
        logits[..., 0] = 1
        return {"logits": logits}

    values = evaluation.score(
        tf.distribute.get_strategy(),
        predict,
        [data],
        batch_size=1,
        threshold=None,
        output_dir=str(tmp_path / "out"),
    )
    for name, value in expected.items():
        assert values[name] == pytest.approx(value)
    assert ("f1" in values) == (scheme != "none")
    written = (tmp_path / "out/dev_predictions.txt").read_text().split("\n")
    assert [line.split("\t")[1] for line in written[:3]] == tags.split()
