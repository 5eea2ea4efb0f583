"""Texts to read and to write as ids, and in batches."""

import dataclasses

import numpy as np
import pytest

from data_pipeline.batches import contract
from data_pipeline.batches import packing
from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.generation import target_features
from data_pipeline.tasks.generation import vocabulary_check
from data_pipeline.tasks.texts import cut_notes
from data_pipeline.text import tokenizers

WORDS = ("red", "blue", "green", "cat")
CLS, SEP = 2, 3


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("words") / "vocab.txt"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    path.write_text("\n".join([*special, *WORDS]) + "\n")
    return tokenizers.load(str(path))


def split_of(*pairs, name="train"):
    examples = [
        example_types.WritingExample(str(n), text, references)
        for n, (text, references) in enumerate(pairs)
    ]
    return splits.Split(name, "pairs.tsv", examples, [e.id for e in examples])


PAIRS = (
    ("red blue", ("cat", "green cat")),
    ("red " * 20, ("blue " * 9,)),
)


def test_each_right_text_is_an_item_of_training(tokenizer):
    made = target_features.encode(split_of(*PAIRS), tokenizer, 8, 6)
    assert made.example.tolist() == [0, 0, 1]
    targets = made.targets
    assert targets.lengths.tolist() == [3, 4, 6]
    assert targets.full_lengths.tolist() == [3, 4, 11]
    assert targets.token_ids[:7].tolist() == [CLS, 8, SEP, CLS, 7, 8, SEP]
    assert made.lengths.tolist() == [4, 4, 8]
    assert made.is_cut.tolist() == [False, False, True]
    dev = split_of(*PAIRS, name="dev")
    made = target_features.encode(dev, tokenizer, 8, 6)
    assert made.example.tolist() == [0, 1]


def test_without_texts_to_write_there_are_no_targets(tokenizer):
    split = split_of(("red", None), ("blue", None))
    assert target_features.encode(split, tokenizer, 8, 6).targets is None


def test_cut_texts_are_counted(tokenizer, caplog):
    made = target_features.encode(split_of(*PAIRS), tokenizer, 8, 6)
    with caplog.at_level("INFO", "absl"):
        cut_notes.log("pairs.tsv", made, 8, "cut", 1)
    assert "1 of 3 texts to write (33.3%)" in caplog.text
    assert "--max_target_length=6" in caplog.text


def test_features_are_read_back(tokenizer, tmp_path):
    made = target_features.encode(split_of(*PAIRS), tokenizer, 8, 6)
    item_features.save(made, str(tmp_path / "made.npz"))
    found = item_features.load(str(tmp_path / "made.npz"))
    for field in dataclasses.fields(item_features.Targets):
        np.testing.assert_array_equal(
            getattr(found.targets, field.name),
            getattr(made.targets, field.name),
        )


def test_batches_hold_what_the_contract_says(tokenizer):
    made = target_features.encode(split_of(*PAIRS), tokenizer, 8, 6)
    items = np.array([[1, 2, -1]])
    (batch,) = input_pipeline.batches(made, items, 8)
    assert {
        name: (value.dtype.name, value.shape.rank)
        for name, value in batch.items()
    } == {
        name: (array.dtype, len(array.shape))
        for name, array in (contract.TASK | contract.TARGETS).items()
    }
    assert batch["target_ids"].numpy().tolist() == [
        [CLS, 7, 8, SEP, 0, 0],
        [CLS, 6, 6, 6, 6, SEP],
        [0] * 6,
    ]
    assert batch["target_mask"].numpy().sum(axis=1).tolist() == [4, 6, 0]
    # Shorter rows have shorter targets.
    (batch,) = input_pipeline.batches(made, np.array([[0, 1]]), 4)
    assert batch["target_ids"].shape == (2, 4)


def test_source_and_target_are_packed_side_by_side(tokenizer):
    pairs = [("red " * (1 + n % 3), ("cat " * (1 + n % 5),)) for n in range(9)]
    made = target_features.encode(split_of(*pairs), tokenizer, 16, 8)
    lengths = made.lengths_of_items(True)
    rows = packing.plan(lengths, 16)
    (batch,) = input_pipeline.batches(made, rows[None], 16)
    assert set(batch) == set(contract.PACKED_TASK | contract.PACKED_TARGETS)
    targets = made.targets
    for row, items in enumerate(rows):
        numbers = batch["target_pack_ids"][row].numpy()
        for slot, item in enumerate(items[items >= 0]):
            start, end = targets.row_splits[item : item + 2]
            is_own = numbers == slot + 1
            found = batch["target_ids"][row].numpy()[is_own]
            assert found.tolist() == targets.token_ids[start:end].tolist()
            places = batch["target_position_ids"][row].numpy()[is_own]
            assert places.tolist() == list(range(end - start))
    assert (batch["target_mask"].numpy().sum()) == targets.lengths.sum()


def test_a_vocabulary_that_cannot_write_is_an_error(tokenizer, caplog):
    split = split_of(("red", ("Кот здесь",)), ("blue", ("cat",)))
    with pytest.raises(ValueError, match="must be able to write") as error:
        vocabulary_check.check(split, tokenizer)
    assert "66.67% of the tokens of 2 texts to write are <unk>" in str(
        error.value
    )
    with caplog.at_level("INFO", "absl"):
        vocabulary_check.check(split_of(("a", ("Red cat",))), tokenizer)
    assert "0.00% of the tokens" in caplog.text
    assert "'Red cat' to 'red cat'" in caplog.text
