"""The losses of embeddings, beside the same by hand."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.embedding import objectives
from albert_tf.training import steps

N, C, D = 6, 3, 4


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


@pytest.fixture
def embeddings():
    found = np.random.default_rng(0).normal(size=(N, C, D))
    return unit(found).astype("float32")


def batch_of(text_ids, item=None, label=None):
    count = len(text_ids)
    return {
        "text_ids": tf.constant(text_ids, tf.int32),
        "item": tf.constant(range(count) if item is None else item, tf.int32),
        "label": tf.constant([-1.0] * count if label is None else label),
    }


def loss_of(embeddings, batch, **options):
    objective = objectives.make(objectives.Options(**options))
    sums = objective.sums_of(tf.constant(embeddings), batch)
    return float(objective.loss(sums, objective.weights(batch)))


def contrastive(queries, candidates, allowed, targets, temperature=0.05):
    logits = np.where(allowed, queries @ candidates.T / temperature, -1e9)
    top = logits.max(axis=1, keepdims=True)
    log_sum = top[:, 0] + np.log(np.exp(logits - top).sum(axis=1))
    return np.mean(log_sum - logits[np.arange(len(targets)), targets])


def test_in_batch_negatives(embeddings):
    ids = np.arange(N * C).reshape(N, C)
    flat = embeddings[:, 1:].reshape(-1, D)
    targets = np.arange(N) * 2
    everything = np.ones((N, 2 * N), bool)
    wanted = contrastive(embeddings[:, 0], flat, everything, targets)
    assert loss_of(embeddings, batch_of(ids)) == pytest.approx(wanted, rel=1e-5)
    back = contrastive(
        embeddings[:, 1],
        embeddings[:, 0],
        np.ones((N, N), bool),
        np.arange(N),
    )
    assert loss_of(embeddings, batch_of(ids), symmetric=True) == pytest.approx(
        (wanted + back) / 2, rel=1e-5
    )


def test_equal_texts_are_no_negatives(embeddings):
    ids = np.arange(N * C).reshape(N, C)
    ids[1, 1] = ids[0, 1]  # the same positive
    ids[2, 2] = ids[0, 0]  # the anchor itself, as a negative of another
    ids[3, 0] = ids[4, 0]  # one anchor with two positives
    allowed = np.ones((N, 2 * N), bool)
    allowed[0, [2, 5]] = allowed[1, 0] = False
    allowed[3, 8] = allowed[4, 6] = False
    wanted = contrastive(
        embeddings[:, 0],
        embeddings[:, 1:].reshape(-1, D),
        allowed,
        np.arange(N) * 2,
    )
    assert loss_of(embeddings, batch_of(ids)) == pytest.approx(wanted, rel=1e-5)


def test_unused_slots_are_no_negatives(embeddings):
    ids = np.arange(N * C).reshape(N, C)
    whole = loss_of(embeddings, batch_of(ids))
    more = np.concatenate([embeddings, embeddings[:1] * 0])
    unused = batch_of(np.concatenate([ids, ids[:1] * 0 - 1]), [*range(N), -1])
    assert loss_of(more, unused) == pytest.approx(whole, rel=1e-6)


def test_matryoshka_is_the_mean_over_sizes(embeddings):
    batch = batch_of(np.arange(N * C).reshape(N, C))
    parts = [loss_of(unit(embeddings[..., :n]), batch) for n in (2, D)]
    found = loss_of(embeddings, batch, matryoshka_dims=(2,))
    assert found == pytest.approx(np.mean(parts), rel=1e-5)
    assert parts[0] != pytest.approx(parts[1], rel=0.01)


def test_cosent_is_over_all_pairs_of_pairs(embeddings):
    scores = [0.0, 1.0, 0.5, 0.5, 0.2, 0.9]
    cosines = (embeddings[:, 0] * embeddings[:, 1]).sum(axis=-1)
    terms = [
        (cosines[i] - cosines[j]) / 0.05
        for i in range(N)
        for j in range(N)
        if scores[i] < scores[j]
    ]
    wanted = np.log1p(np.exp(terms).sum())
    batch = batch_of(np.arange(N * 2).reshape(N, 2), label=scores)
    pairs = embeddings[:, :2]
    assert loss_of(pairs, batch, loss="cosent") == pytest.approx(
        wanted, rel=1e-5
    )
    wanted = np.mean((cosines - scores) ** 2)
    assert loss_of(pairs, batch, loss="cosine") == pytest.approx(
        wanted, rel=1e-5
    )


def rows(count, texts, rng):
    ids = rng.integers(5, 70, (count, texts, 12)).astype("int32")
    ids[..., 9:] = 0
    mask = (ids > 0).astype("int32")
    if texts == 1:
        ids, mask = ids[:, 0], mask[:, 0]
    return {
        "token_ids": ids,
        "segment_ids": ids * 0,
        "padding_mask": mask,
        "item": np.arange(count, dtype="int32"),
        "label": rng.uniform(size=count).astype("float32"),
        "text_ids": np.arange(count * texts, dtype="int32").reshape(count, -1),
    }


class Recorded:
    """An optimizer that keeps what it is given."""

    def __init__(self):
        self.iterations = tf.Variable(3)
        self.rate_scale = _Scale()

    def apply(self, gradients, weights):
        self.gradients = gradients


class _Scale:
    value = 1.0

    def assign(self, value):
        self.value = value


@pytest.mark.parametrize(
    ("loss", "texts", "parts"), [("contrastive", 3, 4), ("cosent", 2, 2)]
)
def test_a_batch_in_parts_has_the_same_gradients(sizes, loss, texts, parts):
    model = albert_tf.AlbertEmbedder(
        albert_tf.AlbertConfig(**sizes), {"dense_size": 5}
    )
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(weight + rng.normal(0, 0.2, weight.shape))
    batch = {k: tf.constant(v) for k, v in rows(8, texts, rng).items()}
    options = objectives.Options(loss=loss, matryoshka_dims=(2,))
    weights = [w for w in model.trainable_variables if "pooler" not in w.path]

    def run(parts):
        optimizer = Recorded()
        step = steps.make_train_step(
            tf.distribute.get_strategy(),
            model,
            optimizer,
            objectives.make(options),
            seed=0,
            weights=weights,
            accumulate_steps=parts,
        )

        @tf.function
        def run_step(batch):
            return *step(batch), *optimizer.gradients

        return tf.distribute.get_strategy().run(run_step, args=(batch,))

    whole = run(1)
    assert whole[1] > 0.01
    for found, wanted in zip(run(parts), whole, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_a_single_text_is_read_with_two_dropouts(sizes):
    config = albert_tf.AlbertConfig(**sizes, hidden_dropout_prob=0.3)
    model = albert_tf.AlbertEmbedder(config)
    batch = rows(4, 1, np.random.default_rng(0))
    found = objectives.embed(model, batch, tf.constant([1, 2]))
    assert found.shape == (4, 2, 16)
    cosines = tf.reduce_sum(found[:, 0] * found[:, 1], axis=-1)
    assert tf.reduce_all(cosines < 0.9999)
    same = objectives.embed(model, batch, None)
    np.testing.assert_allclose(same[:, 0], same[:, 1], atol=1e-6)
