"""Documents to segments: every rule, what it loses and what it says."""

import re

import numpy as np
import pytest

from data_pipeline.pretraining.building import segments
from data_pipeline.pretraining.building import segments_config
from data_pipeline.pretraining.records import examples as examples_lib


def split(*documents, number=0, seed=0, **settings):
    settings = {"max_seq_length": 13, "short_seq_prob": 0.0, **settings}
    return list(
        segments.split_document(
            documents,
            number,
            np.random.default_rng(seed),
            segments_config.SegmentsConfig(**settings),
        )
    )


def numbered(lengths, first=0):
    """A document whose tokens are numbered through."""
    stops = first + np.cumsum(lengths)
    return [
        list(range(stop - length, stop))
        for length, stop in zip(lengths, stops.tolist(), strict=True)
    ]


def tokens_of(examples):
    return [token for example in examples for token in example.token_ids]


def parts(example):
    ids, first = example.token_ids, example.first_length
    return ids[:first], ids[first:]


# Strict sentence order.


def test_gathers_whole_sentences():
    examples = split([[1, 2, 3], [4, 5], [6, 7, 8, 9]], max_seq_length=9)
    assert examples == [
        examples_lib.Example([1, 2, 3, 4, 5], 3),
        examples_lib.Example(
            [6, 7, 8, 9], 4
        ),  # one sentence: no second segment
    ]


@pytest.mark.parametrize("rule", ["strict", "google"])
def test_boundaries_are_drawn_evenly(rule):
    firsts = [
        split([[1], [2], [3], [4]], seed=seed, segments=rule)[0]
        for seed in range(3000)
    ]
    lengths = np.bincount([example.first_length for example in firsts])
    # 1,000 of each expected; 3.5 standard deviations are 90.
    assert list(lengths[:1]) == [0] and np.all(np.abs(lengths[1:] - 1000) < 90)


@pytest.mark.parametrize("short_seq_prob", [0.0, 0.5, 1.0])
def test_every_token_is_used_once_and_every_example_fits(short_seq_prob):
    rng = np.random.default_rng(1)
    for seed in range(50):
        lengths = rng.integers(0, 30, rng.integers(0, 20))
        examples = split(
            numbered(lengths), seed=seed, short_seq_prob=short_seq_prob
        )
        assert tokens_of(examples) == list(range(lengths.sum()))
        for example in examples:
            assert example.sentence_order is None
            assert 1 <= example.first_length <= len(example.token_ids) <= 10
            if example.first_length < len(example.token_ids):
                stops = np.cumsum(lengths)
                assert example.token_ids[example.first_length] in stops


def test_short_examples_come_as_often_as_asked():
    sentences = [[1]] * 100_000
    examples = split(sentences, short_seq_prob=0.2)
    lengths = np.array([len(example.token_ids) for example in examples])
    # A short target is 2..10, one in nine of them full length.
    assert np.mean(lengths < 10) == pytest.approx(0.2 * 8 / 9, abs=0.015)


def test_a_sentence_too_long_for_a_row_is_cut_evenly():
    examples = split([list(range(23))])
    assert [len(example.token_ids) for example in examples] == [7, 8, 8]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sentence_task": "nsp"},
        {"sentence_task": "none"},
        {"segments": "google"},
        {"segments": "google", "sentence_task": "nsp"},
    ],
)
def test_an_empty_document_yields_nothing(settings):
    for documents in ([], [[1]]), ([[], []], [[1]]), ([],):
        assert split(*documents, **settings) == []


# Strict next sentence.


def test_next_sentence_pairs():
    """Half real, half of another document; what is not used goes back."""
    own = numbered([3] * 300)
    others = [numbered([2] * 10, first) for first in (1000, 2000)]
    labels = []
    for seed in range(50):
        examples = split(
            others[0], own, others[1], number=1, seed=seed, sentence_task="nsp"
        )
        used = []
        for example in examples:
            first, second = parts(example)
            assert len(first) + len(second) <= 10
            assert first[0] % 3 == 0 and len(first) % 3 == 0  # whole sentences
            used += first
            if not second:
                # Only at the document's end is there one sentence alone.
                assert example.sentence_order is None and first[-1] == 899
                continue
            labels.append(example.sentence_order)
            if example.sentence_order == 0:
                assert second[0] == first[-1] + 1
                used += second
            else:
                assert second[0] >= 1000 and second[0] % 2 == 0
                assert second[-1] - second[0] == len(second) - 1
                # As many sentences as fit, unless the document ends.
                ends = second[-1] in (1019, 2019)
                assert ends or len(first) + len(second) > 10 - 2
        assert used == list(range(900))
    # 6,000 labels and more, a standard deviation of 0.0065.
    assert len(labels) > 6000
    assert np.mean(labels) == pytest.approx(0.5, abs=0.02)


def test_other_documents_and_their_sentences_are_drawn_evenly():
    own = [[1], [2]]
    others = [[[10 * k + i] for i in range(4)] for k in (1, 2, 3)]
    starts = []
    for seed in range(6000):
        for example in split(own, *others, seed=seed, sentence_task="nsp"):
            if example.sentence_order == 1:
                starts.append(example.token_ids[1])
    counts = np.unique(starts, return_counts=True)[1]
    # About 3,000 over 12 sentences; 4 standard deviations are 25%.
    assert len(counts) == 12
    assert np.abs(counts / counts.mean() - 1).max() < 0.25


def test_next_sentence_without_another_document_is_from_elsewhere():
    """Of the only one, and never what was to be told from it."""
    own = numbered([2] * 40)
    labels = []
    for seed in range(200):
        used = []
        for example in split(own, seed=seed, sentence_task="nsp"):
            first, second = parts(example)
            used += first
            if not second:
                continue
            labels.append(example.sentence_order)
            assert (second[0] == first[-1] + 1) == (example.sentence_order == 0)
            if example.sentence_order == 0:
                used += second
            else:
                assert second[0] % 2 == 0 and not {*first} & {*second}
                assert second[0] > first[-1] + 1 or second[-1] < first[0]
        assert used == list(range(80))
    # A standard deviation of 0.011.
    assert len(labels) > 2000
    assert np.mean(labels) == pytest.approx(0.5, abs=0.04)


def test_next_sentence_is_the_next_where_nothing_else_fits():
    for documents in (
        (numbered([2] * 40), [[9] * 10] * 5),
        (numbered([2, 2, 2]),),
    ):
        examples = split(*documents, sentence_task="nsp")
        orders = [e.sentence_order for e in examples if len(parts(e)[1])]
        assert orders and set(orders) == {0}


# Running text.


def test_running_text_fills_the_rows():
    document = numbered([4, 0, 9, 30, 1])
    examples = split(document, [[7]], sentence_task="none")
    # [CLS] and one [SEP]: 11 of 13.
    assert [len(example.token_ids) for example in examples] == [11, 11, 11, 11]
    assert tokens_of(examples) == list(range(44))
    for example in examples:
        assert example.first_length == len(example.token_ids)
        assert example.sentence_order is None


def test_running_text_is_short_as_often_as_asked():
    document = [list(range(100_000))]
    examples = split(document, sentence_task="none", short_seq_prob=0.2)
    assert tokens_of(examples) == document[0]
    lengths = np.array([len(example.token_ids) for example in examples])
    # A short target is 2..11, one in ten of them full length.
    assert np.mean(lengths < 11) == pytest.approx(0.2 * 9 / 10, abs=0.015)


# Google's.


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


# All of them, on text.


@pytest.mark.parametrize(
    "rule, task",
    [
        *(("strict", "sop"), ("strict", "nsp"), ("strict", "none")),
        *(("google", "sop"), ("google", "nsp")),
    ],
)
@pytest.mark.parametrize("max_seq_length", [16, 64])
def test_text(corpus, rule, task, max_seq_length):
    texts = corpus.read_text().strip().split("\n\n")
    words = sorted(set(re.findall(r"\w+|\S", corpus.read_text())))
    documents = [
        [
            [words.index(word) for word in re.findall(r"\w+|\S", line)]
            for line in text.splitlines()
        ]
        for text in texts
    ]
    room = max_seq_length - (2 if task == "none" else 3)
    settings = {
        "max_seq_length": max_seq_length,
        "short_seq_prob": 0.1,
        "sentence_task": task,
        "segments": rule,
    }
    for number, document in enumerate(documents):
        examples = split(*documents, number=number, **settings)
        assert examples == split(*documents, number=number, **settings)
        own = [token for sentence in document for token in sentence]
        if rule == "strict" and task != "nsp":
            assert tokens_of(examples) == own
        for example in examples:
            first, second = parts(example)
            assert first and len(first) + len(second) <= room
            if rule == "google":
                assert second
            if task == "none" or not second:
                assert example.sentence_order is None
            elif task == "nsp":
                assert example.sentence_order in (0, 1)
            else:
                assert example.sentence_order in (None, 1)


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"sentence_task": "order"}, "sentence_task must be one of sop, nsp"),
        ({"segments": "loose"}, "segments must be one of strict, google"),
        (
            {"segments": "google", "sentence_task": "none"},
            "must be used with --sentence_task=sop or nsp",
        ),
    ],
)
def test_unknown_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        segments_config.SegmentsConfig(**settings)
