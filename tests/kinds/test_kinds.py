"""The two sides of a kind of task, and a kind that only a test knows."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import kinds as model_kinds
from albert_tf import task_models
from albert_tf.finetuning import multitask
from albert_tf.layers import task_heads
from data_pipeline.answers import answer_modules
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.data import training_batches
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import predicted_rows
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.text import tokenizers


def test_both_sides_have_the_same_kinds():
    assert set(kinds.KINDS) == {k.task for k in model_kinds.KINDS.values()}
    for name, kind in model_kinds.KINDS.items():
        ours = kinds.KINDS[kind.task]
        assert dict(kind.labels) == dict(ours.labels), name
        assert kind.perfect == ours.perfect, name


def test_a_head_that_leaves_early_is_for_the_same_task():
    for kind in model_kinds.KINDS.values():
        if kind.with_exits:
            early = model_kinds.KINDS[kind.with_exits]
            assert early.task == kind.task
            assert model_kinds.has_exits(early.model)
    assert not model_kinds.has_exits(albert_tf.AlbertTagger)


def _grades(encoded, outputs, labels, options):
    """The nearest grade, from 0 to 4."""
    logits = outputs["logits"]
    return example_predictions.by_example(
        *encoded,
        lambda item, number: int(np.clip(np.rint(logits[item][0]), 0, 4)),
    )


def _one_off(task, split, predicted, labels, threshold):
    """The share of grades that are wrong by one at most."""
    pairs = example_predictions.labelled_pairs(split, predicted)
    return {"one_off": float(np.mean([abs(a - b) <= 1 for a, b in pairs]))}


@pytest.fixture
def ordinal(monkeypatch):
    """A kind that is in the two tables, and nowhere else."""
    regression = kinds.KINDS["regression"]

    def baseline(task, encoded, labels):
        found = regression.baseline(task, encoded, labels)
        return dataclasses.replace(found, metrics={"one_off": 0.5})

    ours = dataclasses.replace(
        regression,
        metric="one_off",
        predict=_grades,
        score=_one_off,
        baseline=baseline,
        as_text=lambda task, value: str(value),
    )
    theirs = dataclasses.replace(
        model_kinds.KINDS["regression"],
        task="ordinal",
        with_exits=None,
        does="gives a text a grade",
    )
    monkeypatch.setitem(kinds.KINDS, "ordinal", ours)
    monkeypatch.setitem(model_kinds.KINDS, "ordinal", theirs)
    return kinds.custom_task("ordinal")


def test_a_kind_is_what_the_tables_have(ordinal, vocabulary, sizes, tmp_path):
    rows = "".join(f"{'The cat. ' * n},{n}\n" for n in (1, 2, 3, 4))
    path = tmp_path / "grades.csv"
    path.write_text(f"text,label\n{rows * 4}")
    columns = file_columns.Columns("ordinal")
    files = dict.fromkeys(("train", "dev", "test"), str(path))
    data = task_data.TaskData(
        ordinal,
        splits.DataSource(files=files, columns=columns),
        [],
        tokenizers.load(vocabulary),
        max_lengths.RowLengths(max_seq_length=32),
        (32,),
    )
    assert data.num_classes == 1

    strategy = tf.distribute.get_strategy()
    network = multitask.MultitaskModel(
        strategy,
        albert_tf.AlbertConfig(**sizes),
        {ordinal.name: multitask.Head("ordinal", data.num_classes)},
    )
    model = network.models[ordinal.name]
    objective = model_kinds.KINDS["ordinal"].objective
    batches = training_batches.TrainingBatches(
        strategy, [data], num_steps=8, batch_size=8, sampling_power=1.0
    )
    optimizer = keras.optimizers.Adam(1e-2)
    losses = []
    for batch in batches.of_kind(batches.plan(seed=0), 0, 0):
        with tf.GradientTape() as tape:
            sums = objective.sums(model, batch, None)
            loss = objective.loss(sums, objective.weights(batch))
        weights = model.trainable_variables
        gradients = tape.gradient(loss, weights)
        optimizer.apply(
            [
                tf.zeros_like(weight) if gradient is None else gradient
                for gradient, weight in zip(gradients, weights, strict=True)
            ],
            weights,
        )
        losses.append(float(loss))
    assert losses[-1] < losses[0]

    values = evaluation.score(
        strategy,
        network.predict,
        [data],
        batch_size=8,
        threshold=None,
        output_dir=str(tmp_path / "run"),
    )
    assert values["score"] == values["one_off"]
    assert values["baseline"] == 0.5 and values["rows"] == 16
    table = (tmp_path / "run" / "dev_predictions.tsv").read_text()
    assert table.startswith("index\tprediction\n0\t")

    encoded = data.encode(data.to_predict("test"))
    predictions = evaluation.predictions_of(
        strategy, network.predict, data, encoded, 8
    )
    shown = predicted_rows.of(data, encoded, predictions, 0.0)
    assert len(shown) == 16 and shown[0]["label"] == 1.0
    assert shown[0]["prediction"] in range(5)


class Embedder(task_models.TaskModel):
    """Two texts as vectors, whose cosine is compared with a number."""

    def __init__(self, config, seed=0, **kwargs):
        super().__init__(config, seed, **kwargs)
        self.head = task_heads.ClassificationHead(
            self.config, 8, 0.0, name="vectors"
        )
        self.build()

    def call(self, inputs, training=False, dropout_seed=None, all_layers=False):
        shape = tf.shape(inputs["token_ids"])  # [B, 2, S]
        texts = {
            name: tf.reshape(inputs[name], [-1, shape[2]])
            for name in ("token_ids", "segment_ids", "padding_mask")
            if name in inputs
        }
        encoded, seed = self.encode(
            texts, training, dropout_seed, all_layers, pooled_only=True
        )
        vectors = self.head(encoded["pooled_output"], seed)
        vectors = tf.math.l2_normalize(vectors, axis=-1)
        vectors = tf.reshape(vectors, [shape[0], 2, -1])
        cosine = tf.reduce_sum(vectors[:, 0] * vectors[:, 1], axis=-1)
        return {"vectors": vectors, "logits": cosine[:, tf.newaxis]}


def _encode_apart(split, labels, tokenizer, lengths, num_workers, on_bad_row):
    """Each text of a pair is a row of its own."""
    kept = [example for example in split.examples if example is not None]
    texts = [text for example in kept for text in example.texts]
    rows = (
        {
            "token_ids": [tokenizer.cls_id, *ids, tokenizer.sep_id],
            "segment_ids": [0] * (len(ids) + 2),
        }
        for ids in tokenizer.encode_batch(texts)
    )
    numbers = [n for n, e in enumerate(split.examples) if e is not None]
    label = np.array([example.label for example in kept], np.float32)
    return item_features.from_rows(rows, {"label": label}, numbers, 2)


def _cosines(encoded, outputs, labels, options):
    first, second = np.moveaxis(outputs["vectors"], 1, 0)
    cosines = (first * second).sum(axis=-1)
    return example_predictions.by_example(
        *encoded, lambda item, number: float(cosines[item])
    )


def _rank(task, split, predicted, labels, threshold):
    pairs = example_predictions.labelled_pairs(split, predicted)
    found = scores.correlation(*zip(*pairs, strict=True))
    return {"spearman": found["spearman"]}


@pytest.fixture
def vectors_kind(monkeypatch):
    """A kind with a model, rows and outputs of its own."""
    regression = kinds.KINDS["regression"]
    ours = dataclasses.replace(
        regression,
        metric="spearman",
        can_pack=False,
        encode=_encode_apart,
        predict=_cosines,
        score=_rank,
    )
    theirs = dataclasses.replace(
        model_kinds.KINDS["regression"],
        task="vectors",
        model=Embedder,
        head="vectors",
        has_dropout=False,
        counts_classes=False,
        with_exits=None,
        does="turns texts into vectors",
    )
    monkeypatch.setitem(kinds.KINDS, "vectors", ours)
    monkeypatch.setitem(model_kinds.KINDS, "vectors", theirs)
    return kinds.custom_task("vectors")


def test_a_kind_may_have_a_model_and_rows_of_its_own(
    vectors_kind, vocabulary, sizes, tmp_path
):
    path = tmp_path / "pairs.csv"
    rows = "".join(f"The cat.,{'The cat. ' * n},{n}\n" for n in range(1, 5))
    path.write_text(f"text,other,label\n{rows}")
    columns = file_columns.Columns("vectors", text_pair="other")
    data = task_data.TaskData(
        vectors_kind,
        splits.DataSource(files={"dev": str(path)}, columns=columns),
        [],
        tokenizers.load(vocabulary),
        max_lengths.RowLengths(max_seq_length=32),
        (32,),
    )
    assert data.get("dev").features.rows_per_item == 2
    strategy = tf.distribute.get_strategy()
    network = multitask.MultitaskModel(
        strategy,
        albert_tf.AlbertConfig(**sizes),
        {vectors_kind.name: multitask.Head("vectors", data.num_classes)},
    )
    folder = tmp_path / "run"
    values = evaluation.score(
        strategy,
        network.predict,
        [data],
        batch_size=2,
        threshold=None,
        output_dir=str(folder),
    )
    assert values["score"] == values["spearman"] and values["rows"] == 4
    lines = (folder / "dev_predictions.tsv").read_text().splitlines()
    # The same text twice has the cosine 1.
    assert float(lines[1].split("\t")[1]) == pytest.approx(1, abs=1e-5)


def test_a_kind_without_answers_to_text_is_named(vectors_kind, vocabulary):
    row = {"kind": vectors_kind.kind, "labels": [], "num_texts": 2}
    with pytest.raises(ValueError, match="one of the kinds .*vectors"):
        answer_modules.make(row, tokenizers.load(vocabulary), max_seq_length=32)
