"""Documents to pairs of segments by Google's rule."""

import numpy as np
import pytest
import toy_documents

from data_pipeline.pretraining.records import examples as examples_lib

split, numbered = toy_documents.split, toy_documents.numbered
parts = toy_documents.parts


def test_google_single_sentences_always_get_a_random_second_segment():
    # Every chunk is one sentence of 10 tokens, the target.
    own, other = numbered([10] * 30), numbered([2] * 4, 1000)
    for task in ("sop", "nsp"):
        examples = split(own, other, segments="google", sentence_task=task)
        assert len(examples) == 30
        for number, example in enumerate(examples):
            first, second = parts(example)
            assert example.sentence_order == 1
            assert len(first) == 8  # one sentence of the other, 10 in all
            assert set(first) < set(own[number])
            assert second in other


def test_google_truncation_takes_off_both_ends_of_the_longer_side():
    # Two sentences of 7 tokens, 4 too many: ties are the second one's, so
    # second, first, second, first.
    dropped = np.zeros((2, 3), int)
    for seed in range(2000):
        (example,) = split(numbered([7, 7]), seed=seed, segments="google")
        first, second = parts(example)
        assert example.sentence_order is None
        assert len(first) == len(second) == 5
        dropped[0, first[0]] += 1
        dropped[1, second[0] - 7] += 1
    # 0, 1 or 2 off the front: 500, 1,000 and 500, sd 19 and 22.
    assert np.abs(dropped - [500, 1000, 500]).max() < 90
    # An odd one is the second's: 5 and 4 of 9.
    (example,) = split(numbered([7, 7]), segments="google", max_seq_length=12)
    assert example.first_length == 5 and len(example.token_ids) == 9


def test_google_puts_unused_sentences_back():
    own = numbered([5] * 6)
    others = [[[1000]]] * 5
    for seed in range(200):
        examples = split(
            own, *others, seed=seed, segments="google", sentence_task="nsp"
        )
        # Chunks are of two sentences. Each is a pair or, at random, its first
        # sentence and another document's text.
        at = 0
        for example in examples:
            first, second = parts(example)
            assert first == own[at]
            if example.sentence_order == 1:
                assert second == [1000]
                at += 1
            else:
                assert second == own[at + 1]
                at += 2
        assert at == 6


@pytest.mark.parametrize("task, share", [("sop", None), ("nsp", 0.5)])
def test_google_label_shares(task, share):
    """Five sentences of a third of the target: chunks of three and of two.

    In order, each document gives two. In "nsp" a random second segment comes
    with p = 0.5, and more where it leaves one sentence over at the end.
    """
    document, other = numbered([4] * 5), numbered([4] * 3, 1000)
    examples = []
    for seed in range(3000):
        examples += split(
            document, other, seed=seed, segments="google", sentence_task=task
        )
    orders = [example.sentence_order for example in examples]
    if task == "sop":
        assert orders == [None] * 6000
        # One sentence more is a chunk of its own: a third of the labels is 1
        # for sure, half of the others when the exchange is drawn.
        for seed in range(50):
            orders = [
                example.sentence_order
                for example in split(
                    numbered([4] * 7), other, seed=seed, segments="google"
                )
            ]
            assert orders == [None, None, 1]
    else:
        assert set(orders) == {0, 1}
        # Expected: see expected_share.
        assert np.mean(orders) == pytest.approx(expected_share(), abs=0.02)


def expected_share():
    """Labels 1 among those of five sentences, walked through by hand."""

    def walk(left):
        """Expected labels 0 and 1 of a document's last `left` sentences."""
        if left == 0:
            return np.zeros(2)
        chunk = min(left, 3)
        if chunk == 1:
            return np.array([0, 1]) + walk(left - 1)
        real = np.array([1, 0]) + walk(left - chunk)
        cuts = [np.array([0, 1]) + walk(left - cut) for cut in range(1, chunk)]
        return (real + sum(cuts) / len(cuts)) / 2

    zeros, ones = walk(5)
    return ones / (zeros + ones)


def test_google_draws_one_length_for_a_document():
    document, other = numbered([1] * 200), [[1000]]
    lengths = []
    for seed in range(1500):
        examples = split(
            document, other, seed=seed, segments="google", short_seq_prob=0.3
        )
        # Other than at the end, where there are fewer left.
        (length,) = {len(example.token_ids) for example in examples[:-1]}
        lengths.append(length)
    # 2..10 alike where short, so 1/9 of these at full length.
    shares = np.bincount(lengths, minlength=11)[2:] / 1500
    assert shares[-1] == pytest.approx(0.7 + 0.3 / 9, abs=0.05)
    assert np.abs(shares[:-1] - 0.3 / 9).max() < 0.02


def test_google_takes_the_same_document_where_there_is_no_other():
    (example,) = split([[1, 2, 3]], segments="google")
    assert example == examples_lib.Example([1, 2, 3, 1, 2, 3], 3, 1)
