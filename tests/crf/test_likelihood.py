"""The log-likelihood of a CRF, against sums over all sequences of tags."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from albert_tf.crf import likelihood

C = 3
# Examples packed in rows of 7 tokens, by number; and labels, -1 at tokens that
# start no word. The third row has an example without labels between two, and
# the fourth has no labels.
PACKS = np.array(
    [[1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 2, 2, 2, 2], [1, 1, 2, 2, 3, 3, 3]]
    + [[1] * 7],
    np.int32,
)
LABELS = np.array(
    [
        [-1, 2, -1, 0, 1, -1, -1],
        [-1, 0, 2, -1, 1, -1, 0],
        [-1, 1, -1, -1, -1, 2, 2],
    ]
    + [[-1] * 7],
    np.int32,
)


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, [len(LABELS), 7, C]).astype(np.float32)
    transitions = rng.normal(0, 2, [C + 1, C + 1]).astype(np.float32)
    return logits, transitions


def score(logits, transitions, path):
    steps = zip((C, *path), (*path, C), strict=True)
    own = logits[range(len(path)), path].astype(float).sum()
    return own + sum(float(transitions[step]) for step in steps)


def expected(logits, labels, transitions, packs):
    """The loss of a row in float64, by enumeration."""
    total = 0.0
    for number in np.unique(packs[labels >= 0]):
        mine = (packs == number) & (labels >= 0)
        own = logits[mine]
        paths = itertools.product(range(C), repeat=len(own))
        scores = [score(own, transitions, path) for path in paths]
        total += np.logaddexp.reduce(scores)
        total -= score(own, transitions, tuple(labels[mine]))
    return total


@pytest.mark.parametrize("packed, jit", [(False, False), (True, True)])
def test_losses_by_enumeration(values, packed, jit):
    logits, transitions = values
    packs = PACKS if packed else np.ones_like(PACKS)

    @tf.function(jit_compile=jit)
    def run(logits, transitions):
        with tf.GradientTape() as tape:
            tape.watch([logits, transitions])
            loss = likelihood.losses(
                logits, LABELS, transitions, packs if packed else None
            )
        return loss, tape.gradient(loss, [logits, transitions])

    found, (of_logits, of_steps) = run(*map(tf.constant, values))
    for row, loss in enumerate(found.numpy()):
        truth = expected(logits[row], LABELS[row], transitions, packs[row])
        assert loss == pytest.approx(truth, rel=1e-6, abs=1e-6)
    assert found[-1] == 0
    # Tokens without words have no gradient, and gradients of words sum to 0.
    assert not of_logits.numpy()[LABELS < 0].any()
    np.testing.assert_allclose(tf.reduce_sum(of_logits, -1), 0, atol=1e-5)
    assert np.isfinite(of_steps).all() and np.abs(of_steps).max() > 0.1
    assert of_steps[C, C] == 0


def test_gradients_are_those_of_the_sums(values):
    logits, transitions = values
    steps = tf.constant(transitions)
    with tf.GradientTape() as tape:
        tape.watch(steps)
        loss = likelihood.losses(logits, LABELS, steps, PACKS)
        loss = tf.reduce_sum(loss)
    found = tape.gradient(loss, steps).numpy()
    for place in [(0, 1), (2, 0), (C, 1), (2, C)]:
        sides = []
        for sign in (1, -1):
            moved = transitions.astype(float)
            moved[place] += sign * 1e-4
            sides.append(
                sum(
                    expected(*row[:2], moved, row[2])
                    for row in zip(logits, LABELS, PACKS, strict=True)
                )
            )
        slope = (sides[0] - sides[1]) / 2e-4
        assert found[place] == pytest.approx(slope, abs=1e-3)


def test_without_transitions_it_is_the_cross_entropy_of_words(values):
    logits, _ = values
    none = tf.zeros([C + 1, C + 1])
    found = likelihood.losses(logits, LABELS, none, PACKS).numpy()
    words = tf.nn.sparse_softmax_cross_entropy_with_logits(
        np.maximum(LABELS, 0), logits
    ).numpy()
    np.testing.assert_allclose(found, (words * (LABELS >= 0)).sum(1), rtol=1e-5)


def test_a_row_of_one_word():
    loss = likelihood.losses(
        tf.constant([[[0.0, 1.0, 0.0]]]), tf.constant([[1]]), tf.zeros([4, 4])
    )
    assert loss.numpy() == pytest.approx(np.log(1 + 2 / np.e))


def test_scores_of_any_size_are_finite():
    logits = tf.constant([[[1e4, -1e4, 0.0]] * 7])
    steps = tf.fill([C + 1, C + 1], -1e4)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = likelihood.losses(logits, tf.constant([[1] * 7]), steps)
    assert loss.numpy() == pytest.approx(14e4)
    assert np.isfinite(tape.gradient(loss, logits)).all()
