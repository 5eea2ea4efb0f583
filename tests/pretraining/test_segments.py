"""Documents to segments by our rules: what they lose and what they say."""

import re

import numpy as np
import pytest
import toy_documents

from data_pipeline.pretraining.building import segments_config
from data_pipeline.pretraining.records import examples as examples_lib

split, numbered = toy_documents.split, toy_documents.numbered
tokens_of, parts = toy_documents.tokens_of, toy_documents.parts


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
