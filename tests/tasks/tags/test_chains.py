"""Best sequences and probabilities, against sums over all sequences."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags.chains import marginals
from data_pipeline.tasks.tags.chains import sentences
from data_pipeline.tasks.tags.chains import tag_chain
from data_pipeline.tasks.tags.chains import viterbi

BIO = ["O", "B-P", "I-P", "B-L", "I-L"]
LENGTHS = [4, 1, 3, 2]
LABELS = {
    "BIO": BIO,
    "IOB1": ["I-P", "B-P", "I-L", "O"],  # no B-L
    "IO": ["I-P", "I-L", "O"],
    # BIOES, of which label_schemes.as_bio makes two labels of each tag.
    "twice": ["O", "B-P", "I-P", "I-P", "B-P"],
    "without O": ["B-P", "I-P"],
    "none": ["NN", "VB", "O", "I-X"],
}


def values(labels, learned, seed=0):
    rng = np.random.default_rng(seed)
    count = len(labels)
    logits = rng.normal(0, 2, [len(LENGTHS), max(LENGTHS), count])
    transitions = rng.normal(0, 2, [count + 1, count + 1]) if learned else None
    chain = tag_chain.make(labels, transitions)
    return logits.astype(np.float32), transitions, chain


def is_legal(tags, labels):
    scheme = tag_chain.scheme_of(labels)
    return not list(tag_schemes.check([tags], scheme))


def all_of(logits, transitions, labels):
    """The score of each legal sequence of a text, in float64."""
    count = len(labels)
    if transitions is None:
        transitions = np.zeros([count + 1, count + 1])
    found = {}
    for path in itertools.product(range(count), repeat=len(logits)):
        if is_legal([labels[label] for label in path], labels):
            steps = zip((count, *path), (*path, count), strict=True)
            found[path] = logits[range(len(path)), path].sum() + sum(
                transitions[step] for step in steps
            )
    return found


def entities(path, labels):
    """(last word, first word, type) of each entity."""
    bio = tag_schemes.to_bio([labels[label] for label in path], "BIO")
    places = [(word, word + 1) for word in range(len(path))]
    return {
        (end - 1, start, kind)
        for start, end, kind in entity_words.entities(places, bio)
    }


CASES = pytest.mark.parametrize(
    "labels, learned", [*itertools.product(LABELS, [False, True])]
)


@CASES
def test_the_best_sequence_is_the_best_of_all_legal_ones(labels, learned):
    labels = LABELS[labels]
    logits, transitions, chain = values(labels, learned)
    found = viterbi.best(logits, LENGTHS, chain).numpy()
    assert found.shape == (4, 4)
    for row, length in enumerate(LENGTHS):
        scores = all_of(logits[row, :length], transitions, labels)
        assert tuple(found[row, :length]) == max(scores, key=scores.get)


@CASES
def test_probabilities_are_shares_of_all_legal_sequences(labels, learned):
    names = LABELS[labels]
    logits, transitions, chain = values(names, learned, seed=1)
    best = viterbi.best(logits, LENGTHS, chain)
    found = marginals.Marginals(tf.constant(logits), LENGTHS, chain)
    totals = found.log_partition().numpy()
    of_tags = found.of_tags(best).numpy()
    of_entities = found.of_entities(best).numpy()
    checked = 0
    for row, length in enumerate(LENGTHS):
        scores = all_of(logits[row, :length], transitions, names)
        paths, scores = list(scores), np.array(list(scores.values()))
        total = np.logaddexp.reduce(scores)
        assert totals[row] == pytest.approx(total, rel=1e-5)
        shares = np.exp(scores - total)
        tags = tuple(best.numpy()[row, :length])
        for word in range(length):
            same = [path[word] == tags[word] for path in paths]
            share = shares[same].sum()
            assert of_tags[row, word] == pytest.approx(share, abs=1e-5)
        if labels == "none":
            continue
        for entity in entities(tags, names):
            same = [entity in entities(path, names) for path in paths]
            share = shares[same].sum()
            last = entity[0]
            assert of_entities[row, last] == pytest.approx(share, abs=1e-5)
            checked += 1
    assert checked > 1 or labels == "none"


def test_without_constraints_probabilities_are_those_of_words():
    logits, _, chain = values(LABELS["none"], False)
    best = viterbi.best(logits, LENGTHS, chain).numpy()
    found = marginals.Marginals(tf.constant(logits), LENGTHS, chain)
    expected = tf.nn.softmax(logits).numpy().max(-1)
    for row, length in enumerate(LENGTHS):
        assert (best[row] == logits[row].argmax(-1))[:length].all()
        np.testing.assert_allclose(
            found.of_tags(best)[row, :length], expected[row, :length], rtol=1e-5
        )


@pytest.mark.parametrize("labels", ["BIO", "IOB1"])
def test_no_illegal_sequence_however_sure_the_words_are(labels):
    names = LABELS[labels]
    chain = tag_chain.make(names)
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 1000, [200, 12, len(names)]).astype(np.float32)
    best = viterbi.best(logits, [12] * 200, chain).numpy()
    for path in best:
        assert is_legal([names[label] for label in path], names)
    assert (viterbi.legal(logits, [12] * 200, chain).numpy() == best).all()
    some = sentences.best([*logits, None], chain, has_scores=False)
    assert some.pop() is None
    np.testing.assert_array_equal(some, best)


def test_likeliest_labels_are_best_if_they_are_legal():
    chain = tag_chain.make(BIO)
    labels = np.array([[0, 1, 2], [3, 0, 2]])  # the last is no word
    logits = np.eye(5, dtype=np.float32)[labels]
    found = viterbi.legal(logits, [3, 2], chain).numpy()
    assert (found == labels).all()


def test_a_single_word_and_no_text():
    chain = tag_chain.make(BIO)
    logits = tf.constant([[[0.0, 0.0, 9.0, 0.0, 0.0]]])
    assert viterbi.best(logits, [1], chain).numpy().tolist() == [[0]]
    found = marginals.Marginals(logits, [1], chain)
    assert found.of_tags(tf.constant([[0]])).numpy() == pytest.approx(1 / 3)


def test_no_texts_and_no_words_in_a_graph():
    chain = tag_chain.make(BIO)

    @tf.function(input_signature=[tf.TensorSpec([None, None, 5])])
    def run(logits):
        lengths = tf.repeat(tf.shape(logits)[1:2], tf.shape(logits)[0])
        best = viterbi.best(logits, lengths, chain)
        found = marginals.Marginals(logits, lengths, chain)
        return best, found.of_tags(best), found.of_entities(best)

    for shape in [(0, 3), (0, 0), (2, 0), (2, 1)]:
        for found in run(tf.zeros([*shape, 5])):
            assert found.shape == shape


@pytest.mark.parametrize(
    "labels, scheme",
    [
        ("O B-P I-P", "BIO"),
        ("O B-P", "BIO"),
        ("O I-P", "IOB1"),
        ("O NN", "none"),
        ("NN I-P", "none"),  # not a tag of an entity among others
        ("O", "none"),
    ],
)
def test_the_scheme_of_a_model(labels, scheme):
    assert tag_chain.scheme_of(labels.split()) == scheme


def test_probabilities_in_long_texts_are_exact():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 5, [1, 400, 5]).astype(np.float32)
    chain = tag_chain.make(BIO, rng.normal(0, 3, [6, 6]))
    best = viterbi.best(logits, [400], chain)
    found = marginals.Marginals(tf.constant(logits), [400], chain)
    steps = chain.scores.astype(float)
    before = steps[-1, :-1] + logits[0, 0]
    for own in logits[0, 1:]:
        options = before[:, None] + steps[:-1, :-1]
        before = np.logaddexp.reduce(options, axis=0) + own
    total = np.logaddexp.reduce(before + steps[:-1, -1])
    assert found.log_partition().numpy() == pytest.approx([total], rel=1e-6)
    # The share of the last word's tag, in float64.
    last = int(best[0, -1])
    share = np.exp(before[last] + steps[last, -1] - total)
    assert found.of_tags(best)[0, -1].numpy() == pytest.approx(share, abs=1e-6)
