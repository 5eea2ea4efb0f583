"""examples/minimal_pretraining.py: its pairs, masks and rows; losses fall."""

import importlib.util
import math
import pathlib
import random

import numpy as np
import pytest

from data_pipeline.batches import contract

SCRIPT = pathlib.Path(__file__).parent.parent.parent / "examples"


def load():
    spec = importlib.util.spec_from_file_location(
        "minimal_pretraining", SCRIPT / "minimal_pretraining.py"
    )
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    return example


def run(steps, capsys):
    """The losses, and the entropy that the example prints."""
    losses = load().main(steps)
    entropy = float(capsys.readouterr().out.split("pieces: ")[1].split()[0])
    return losses, entropy


@pytest.mark.slow
def test_words_around_a_mask_are_used(capsys):
    losses, entropy = run(96, capsys)
    assert losses[-1, 0] < entropy < losses[0, 0]


@pytest.mark.slow
def test_both_losses_fall(capsys):
    losses, entropy = run(600, capsys)
    assert losses[-1, 0] < entropy / 2 < losses[0, 0]
    assert losses[-1, 1] < math.log(2) / 10


@pytest.fixture(scope="module")
def example():
    return load()


@pytest.fixture(scope="module")
def tokenizer(example):
    return example.make_tokenizer(example.make_corpus(4000, random.Random(1)))


def test_pairs_hold_all_sentences_in_one_of_two_orders(example):
    rng = random.Random(1)
    for _ in range(50):
        first, second, is_swapped = example.make_pair([[1], [2, 3], [4]], rng)
        pair = second + first if is_swapped else first + second
        assert pair == [1, 2, 3, 4] and first and second


def test_masks_are_whole_words_within_their_budget(example, tokenizer):
    rng, text = random.Random(1), "first anna saw the bread."
    ids = tokenizer.encode(text) * 2
    row = [tokenizer.cls_id, *ids, tokenizer.sep_id]
    starts = {i for i, token in enumerate(row) if tokenizer.starts_word[token]}
    for _ in range(50):
        chosen = set(example.choose_masks(row, tokenizer, rng))
        assert 0 < len(chosen) <= round(0.15 * len(row))
        assert chosen < set(range(1, len(row) - 1))
        ends = {i + 1 for i in chosen} - chosen
        assert ends <= starts | {len(row) - 1}
        assert {i for i in chosen if i - 1 not in chosen} <= starts


def test_most_masked_tokens_are_replaced(example, tokenizer):
    rng = random.Random(1)
    found = [example.replace(7, tokenizer, rng) for _ in range(4000)]
    assert found.count(tokenizer.mask_id) / 4000 == pytest.approx(0.8, abs=0.03)
    assert found.count(7) / 4000 == pytest.approx(0.1, abs=0.03)
    assert min(found) >= tokenizer.mask_id


def test_rows_are_the_batches_that_the_package_makes(example, tokenizer):
    documents = [[[7, 8], [9, 10, 11], [12]]]
    batch = example.make_batch(documents, tokenizer, random.Random(1))
    sizes = {"B": example.B, "S": example.S, "M": example.M}
    for name, array in contract.PRETRAINING.items():
        assert batch[name].shape == tuple(sizes[i] for i in array.shape), name
    restored = batch["token_ids"].copy()
    used = np.nonzero(batch["mask_weights"])
    restored[used[0], batch["mask_positions"][used]] = batch["mask_ids"][used]
    for row, is_swapped in zip(restored, batch["sentence_order"], strict=True):
        ids = [token for token in row if token > 4]
        assert (ids[0] == 7) == (not is_swapped)
