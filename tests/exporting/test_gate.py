"""The gate on exported formats, and what else is measured of them."""

import numpy as np
import pytest
import tensorflow as tf
from small_heads import FREE
from small_heads import VOCAB
from small_heads import batch
from small_heads import config

import albert_tf
from albert_tf.exporting import fingerprints
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.exporting import latency
from albert_tf.exporting import litert
from albert_tf.exporting import samples

# A text is of class 1 if it holds more tokens of the upper half.
LENGTH = 10


def texts(count, seed):
    rng = np.random.default_rng(seed)
    ids = rng.integers(5, VOCAB, [count, LENGTH]).astype(np.int32)
    lengths = rng.integers(5, LENGTH + 1, [count, 1])
    padding_mask = (np.arange(LENGTH) < lengths).astype(np.int32)
    upper = np.where(ids >= (VOCAB + 5) // 2, 1, -1) * padding_mask
    return {
        "token_ids": ids * padding_mask,
        "segment_ids": np.zeros_like(ids),
        "padding_mask": padding_mask,
        "item": np.arange(count),
    }, (upper.sum(1) > 0).astype(np.int32)


def rows_of(batch):
    return [
        {name: value[i : i + 1] for name, value in batch.items()}
        for i in range(len(batch["item"]))
    ]


@pytest.fixture(scope="module")
def trained():
    tf.keras.utils.set_random_seed(1)
    model = albert_tf.AlbertClassifier(
        config(hidden_size=16, intermediate_size=32, initializer_range=0.1),
        2,
        dropout_prob=0.0,
    )
    inputs, labels = texts(512, 0)
    inputs = {k: tf.constant(v) for k, v in inputs.items() if k != "item"}
    optimizer = tf.keras.optimizers.Adam(5e-3)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            logits = model(inputs)["logits"]
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            )
        weights = model.trainable_variables
        optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    for _ in range(150):
        step()
    return model


def test_the_gate(trained):
    pytest.importorskip("ai_edge_litert")
    sample, labels = texts(200, 1)
    rows = rows_of(sample)
    original = gate.predict(ids_function.runner(trained), [sample])

    def accuracy(outputs):
        return (outputs["logits"].argmax(-1) == labels).mean()

    assert accuracy(original) > 0.85

    def result(name, samples=()):
        content = litert.convert(
            trained, name, max_seq_length=LENGTH, samples=samples
        )
        outputs = gate.predict(litert.runner(content), rows)
        return gate.compare(name, "accuracy", original, outputs, accuracy)

    good = [
        result("float32"),
        result("dynamic_int8"),
        result("int8", rows_of(texts(50, 2)[0])),
    ]
    assert good[0].largest_difference < 1e-4 and good[0].drop == 0
    assert good[2].largest_difference > 1e-3
    gate.check(good, 0.02)
    # Ranges measured on rows that are all padding but one token.
    nonsense = {k: np.zeros_like(v) for k, v in rows[0].items()}
    nonsense["padding_mask"][0, 0] = 1
    bad = result("int8", [nonsense])
    with pytest.raises(ValueError) as error:
        gate.check([*good, bad], 0.02)
    message = str(error.value)
    assert f"{bad.exported:.4f}" in message and "drop: int8" in message
    assert "dynamic_int8 instead of int8" in message


def test_gate_predicts_by_item_and_skips_filling():
    batches = [{"item": np.array([2, 0])}, {"item": np.array([1, -1])}]
    outputs = gate.predict(
        lambda b: {"logits": b["item"][:, None].astype(np.float32)}, batches
    )
    np.testing.assert_array_equal(outputs["logits"][:, 0], [0, 1, 2])


def test_largest_difference_and_drop():
    original = {"a": np.float32([1, -1e30]), "n": np.int32([1, 2])}
    exported = {"a": np.float32([1.5, -40]), "n": np.int32([7, 8])}
    assert gate.largest_difference(original, exported) == 0.5
    exported["a"][0] = np.nan
    assert np.isnan(gate.largest_difference(original, exported))
    fallen = gate.Result(
        format="x",
        metric="f1",
        original=0.9,
        exported=float("nan"),
        largest_difference=0.0,
    )
    with pytest.raises(ValueError, match="drop: x"):
        gate.check([fallen], 0.01)
    assert gate.as_json([fallen])[0]["metric"] == "f1"


def test_masked_lm_accuracy():
    model = albert_tf.AlbertPretrainer(config())
    run = ids_function.runner(model)
    given = batch(model, FREE[1])
    best = run(given)["mlm_logits"].argmax(-1)
    wrong = (best + 1) % VOCAB
    # Of three rows with two slots: five are used, two of them right.
    given["mask_ids"] = np.array([best[0], wrong[1], wrong[2]])
    given["mask_weights"] = np.float32([[1, 1], [1, 1], [1, 0]])
    result = gate.compare_masked_lm("same", run, run, [given])
    assert (result.original, result.exported) == (0.4, 0.4)
    assert result.largest_difference == 0
    given["mask_weights"][:] = 0
    with pytest.raises(ValueError, match="must contain masks"):
        gate.compare_masked_lm("same", run, run, [given])


def test_same_answers_need_no_labels():
    original = {"logits": np.float32([[0, 1], [2, 1], [3, 0], [0, 5]])}
    exported = {"logits": np.float32([[0, 2], [0, 1], [1, 0], [0, 1]])}
    score = gate.same_answers(original)
    assert score(original) == 1 and score(exported) == 0.75


def test_embeddings_are_compared_by_the_order_of_their_cosines():
    rng = np.random.default_rng(0)
    original = {"embeddings": rng.normal(size=(8, 5)).astype(np.float32)}
    score = gate.same_answers(original)
    assert score(original) == pytest.approx(1)
    # Lengths do not matter, and a different order does.
    lengths = np.arange(1, 9, dtype=np.float32)[:, None]
    assert score(
        {"embeddings": original["embeddings"] * lengths}
    ) == pytest.approx(1)
    noise = rng.normal(size=(8, 5)).astype(np.float32)
    assert score({"embeddings": original["embeddings"] + 0.1 * noise}) > 0.9
    assert score({"embeddings": noise}) < 0.5


def test_texts_of_a_row_are_run_one_by_one():
    """A pair is a row [1, 2, S], and an export reads rows [1, S]."""
    model = albert_tf.AlbertEmbedder(config())
    runner = ids_function.runner(model)
    pairs = texts(6, 2)[0]
    pairs = {
        name: value.reshape(3, 2, *value.shape[1:])
        for name, value in pairs.items()
        if name != "item"
    }
    pairs["item"] = np.arange(3)

    class Sample:
        metric, data = "spearman", {"rows": 3}

        def batches(self, lengths=None, rows=1):
            return rows_of(pairs)

        def calibration(self, length, count):
            return rows_of(pairs)

        def score(self, outputs):
            assert outputs["embeddings"].shape == (3, 2, 8)
            return float(outputs["embeddings"][0, 1, 0])

    sample = samples.Labelled(model, Sample(), LENGTH)
    result = sample.compare(formats.Written("same", "", runner))
    assert result.drop == 0 and result.largest_difference == 0
    second = {k: v[:1, 1] for k, v in pairs.items() if k != "item"}
    expected = runner(second)["embeddings"][0, 0]
    assert result.original == pytest.approx(expected, abs=1e-6)
    calibration = list(sample.calibration(LENGTH))
    assert [row["token_ids"].shape for row in calibration] == [(1, LENGTH)] * 6


def test_latency_and_fingerprints(tmp_path):
    model = albert_tf.AlbertClassifier(config(), 2)
    found = latency.measure(
        "original",
        ids_function.runner(model),
        ids_function.input_names(model),
        max_seq_length=8,
        calls=3,
    )
    assert found.milliseconds > 0 and found.max_seq_length == 8
    before = fingerprints.of_weights(model)
    assert fingerprints.of_weights(model) == before
    model.trainable_variables[-1].assign([0.0, 1e-7])
    assert fingerprints.of_weights(model) != before
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(b"abc")
    # Of "abc", from FIPS 180-2.
    assert fingerprints.of_files(str(tmp_path)) == {
        "a/b": "ba7816bf8f01cfea414140de5dae2223"
        "b00361a396177a9cb410ff61f20015ad"
    }
