"""Masks: graph and reference agree, words stay whole, the budget is kept."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import toy_rows

from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import masking
from data_pipeline.pretraining.records import randomness
from data_pipeline.text import tokenizers

CLS, SEP, MASK, V = toy_rows.CLS, toy_rows.SEP, toy_rows.MASK, toy_rows.V
CLEAN, GOOGLE = toy_rows.CLEAN, toy_rows.GOOGLE
both_rules, mask = toy_rows.both_rules, toy_rows.mask


def random_rows(count, length, seed=0):
    """Unmasked rows of two segments, and their padding masks."""
    rng = np.random.default_rng(seed)
    tokens = np.zeros((count, length), np.int32)
    for row in tokens:
        size = rng.integers(6, length + 1)
        row[:size] = rng.integers(5, V, size)
        row[0] = CLS
        row[[size // 2, size - 1]] = SEP
    return tokens, (tokens != 0).astype(np.int32)


@both_rules
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ngram": 1},
        {"ngram": 4, "favor_shorter_ngram": False},
        {"masked_lm_prob": 0.5, "max_predictions": 50},
        {"max_predictions": 1},
    ],
)
def test_graph_and_reference_agree_to_the_bit(spec, changes):
    spec = dataclasses.replace(spec, **changes)
    tokens, padding_mask = random_rows(200, 48)
    keys = randomness.fold(9, np.arange(200))
    masked = mask(spec, tokens, padding_mask, keys)
    for row in range(200):
        size = padding_mask[row].sum()
        expected = masking.mask_row(
            spec, tokens[row, :size].tolist(), keys[row : row + 1]
        )
        used = masked["mask_weights"][row] == 1
        assert masked["token_ids"][row, :size].tolist() == expected["token_ids"]
        assert not masked["token_ids"][row, size:].any()
        for name in ("mask_positions", "mask_ids"):
            assert masked[name][row][used].tolist() == expected[name]
            assert not masked[name][row][~used].any()


@pytest.mark.parametrize(
    "spec, masked, positions",
    [
        (
            CLEAN,
            [CLS, 7, 41, 8, 42, MASK, SEP, MASK, MASK, 8]
            + [MASK, 36, MASK, 10, SEP],
            [5, 7, 8, 10, 11, 12],
        ),
        (
            GOOGLE,  # 9 and 43 are one word here, and go with the 9 after them
            [CLS, 7, 41, 8, 42, MASK, SEP, MASK, MASK, 8]
            + [7, 34, MASK, MASK, SEP],
            [5, 7, 8, 11, 12, 13],
        ),
    ],
)
def test_a_golden_row(spec, masked, positions):
    """Written down once: whatever changes a draw shows here."""
    tokens = [CLS, 7, 41, 8, 42, 9, SEP, 43, 9, 8, 7, 6, 44, 10, SEP]
    spec = dataclasses.replace(spec, masked_lm_prob=0.4, max_predictions=6)
    key = randomness.fold(12345, 0, 7)
    assert key.tolist() == [6808480236802735419]
    row = np.array([tokens], np.int32)
    batch = mask(spec, row, np.ones_like(row), key)
    assert batch["token_ids"].tolist() == [masked]
    assert batch["mask_positions"].tolist() == [positions]
    assert batch["mask_ids"].tolist() == [[tokens[p] for p in positions]]
    assert batch["mask_weights"].tolist() == [[1.0] * 6]


def test_a_rows_masks_do_not_depend_on_its_batch():
    tokens, padding_mask = random_rows(40, 30)
    keys = randomness.fold(1, np.arange(40))
    whole = mask(CLEAN, tokens, padding_mask, keys)
    part = mask(CLEAN, tokens[7:9], padding_mask[7:9], keys[7:9])
    for name, value in part.items():
        np.testing.assert_array_equal(value, whole[name][7:9])


@both_rules
@pytest.mark.parametrize("max_predictions", [20, 77])
def test_as_many_tokens_as_the_budget_says(spec, max_predictions):
    """Words of one piece always fill it, to the token."""
    length = 512
    spec = dataclasses.replace(spec, max_predictions=max_predictions)
    sizes = np.arange(3, length + 1)
    padding_mask = (np.arange(length) < sizes[:, None]).astype(np.int32)
    tokens = np.where(padding_mask, 7, 0).astype(np.int32)
    tokens[:, 0] = CLS
    tokens[np.arange(len(sizes)), sizes - 1] = SEP
    masked = mask(spec, tokens, padding_mask, randomness.fold(7, sizes))
    assert masked["mask_weights"].sum(axis=1).tolist() == [
        min(max_predictions, max(1, round(0.15 * size))) for size in sizes
    ]


@pytest.fixture(scope="module")
def word_pieces(tmp_path_factory):
    """A WordPiece vocabulary for the words of the corpus, most in pieces."""
    letters = "abcdefghijklmnopqrstuvwxyz,.0158"
    pieces = [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "in", "##er"),
        *("cat", "##ing", "##ses", "win", "##ter", "every", "day", "farm"),
        *letters,
        *(f"##{letter}" for letter in letters),
    ]
    path = tmp_path_factory.mktemp("wordpiece") / "vocab.txt"
    path.write_text("\n".join(pieces) + "\n")
    return tokenizers.load(path)


@both_rules
@pytest.mark.parametrize("kind", ["sentencepiece", "wordpiece"])
def test_words_are_masked_whole(spec, kind, corpus, vocabulary, word_pieces):
    tokenizer = word_pieces
    if kind == "sentencepiece":
        tokenizer = tokenizers.load(vocabulary)
    spec = mask_spec.from_config(
        mask_config.MaskConfig(
            max_predictions_per_seq=30,
            masking="google" if spec.google_quirks else "clean",
        ),
        tokenizer,
    )
    lines = [line for line in corpus.read_text().splitlines() if line]
    sentences = [tokenizer.encode(line) for line in lines]
    length, rows = 100, []
    for number, first in enumerate(sentences):
        # The second segment begins inside a word, as Google's may.
        second = sentences[number - 1][1 + number % 3 :]
        row = [tokenizer.cls_id, *first, tokenizer.sep_id, *second]
        rows.append([*row, tokenizer.sep_id][:length])
    sizes = [len(row) for row in rows]
    tokens = np.zeros((len(rows), length), np.int32)
    for row, ids in zip(tokens, rows, strict=True):
        row[: len(ids)] = ids
    in_two = joined = 0
    for epoch in range(5):
        masked = mask(
            spec,
            tokens,
            (np.arange(length) < np.array(sizes)[:, None]).astype(np.int32),
            randomness.fold(3, epoch, np.arange(len(rows))),
        )
        for ids, slots, weights in zip(
            rows, masked["mask_positions"], masked["mask_weights"], strict=True
        ):
            chosen = set(slots[weights == 1].tolist())
            for word in words_by_the_book(
                tokenizer, ids, kind, spec.google_quirks
            ):
                assert chosen.issuperset(word) or not chosen & set(word)
                in_two += len(word) > 1 and word[0] in chosen
                joined += word[-1] - word[0] > len(word) - 1
            special = {tokenizer.cls_id, tokenizer.sep_id}
            assert not special & {ids[position] for position in chosen}
    assert in_two > 500
    assert (joined > 100) == spec.google_quirks


def words_by_the_book(tokenizer, ids, kind, google_quirks):
    """The positions of each word of a row."""
    words, fresh = [], True
    for position, piece in enumerate(tokenizer.pieces[i] for i in ids):
        if piece in ("[CLS]", "[SEP]"):
            fresh = not words or not google_quirks
            continue
        if kind == "wordpiece":
            starts = not piece.startswith("##")
        else:
            starts = piece[0] in "▁<" or not piece.isalpha()
        if starts or fresh:
            words.append([])
        words[-1].append(position)
        fresh = False
    return words


def test_random_numbers_are_uniform_and_equal_in_numpy_and_tensorflow():
    keys = randomness.fold(11, np.arange(2000))
    ours = randomness.uniform(keys, 1, 50)
    theirs = randomness.uniform(tf.constant(keys), 1, 50).numpy()
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(
        keys, randomness.fold(tf.constant(11), tf.range(2000)).numpy()
    )
    histogram = np.histogram(ours, 20, (0, 1))[0]
    # Chi-squared with 19 degrees of freedom: 43.8 is its 0.1% point.
    assert np.sum((histogram - 5000.0) ** 2 / 5000) < 43.8
    neighbours = np.corrcoef(ours[:-1].ravel(), ours[1:].ravel())[0, 1]
    assert abs(neighbours) < 0.012  # 3.8 standard deviations
    other = randomness.uniform(keys, 2, 50)
    assert abs(np.corrcoef(ours.ravel(), other.ravel())[0, 1]) < 0.012
