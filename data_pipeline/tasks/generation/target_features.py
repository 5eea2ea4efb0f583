"""Encodes texts to read and texts to write: [CLS] x [SEP], [CLS] y [SEP]."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from absl import logging

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.text import tokenizers

# The split whose examples have an item for each text to write.
_TRAIN = "train"


def encode(
    split: splits.Split,
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
    max_target_length: int,
) -> item_features.Features:
    """Features with the texts to write, if the examples have them.

    Longer texts are cut at the end. If an example has several texts to write,
    each is an item in training; evaluations have an item for each example,
    with the first of them, from which the loss is computed.

    Args:
        split: the examples; None is left out.
        tokenizer: the model's tokenizer.
        max_seq_length: S.
        max_target_length: the most tokens of a text to write, with its start
            and its end.
    """
    numbers, pairs = _items(split)
    sources = tokenizer.encode_batch(text for text, _ in pairs)
    kept = max_seq_length - 2

    def rows() -> Iterator[dict[str, list[int]]]:
        for ids in sources:
            tokens = [tokenizer.cls_id, *ids[:kept], tokenizer.sep_id]
            yield {"token_ids": tokens, "segment_ids": [0] * len(tokens)}

    made = item_features.from_rows(rows(), {}, numbers)
    lengths = np.array([len(ids) + 2 for ids in sources], np.int32)
    made = dataclasses.replace(
        made, text_lengths=lengths, is_cut=lengths > max_seq_length
    )
    known = [target for _, target in pairs if target is not None]
    if len(known) < len(pairs):
        return made
    written = tokenizer.encode_batch(known)
    full = np.array([len(ids) + 2 for ids in written], np.int32)
    cut = [
        [tokenizer.cls_id, *ids[: max_target_length - 2], tokenizer.sep_id]
        for ids in written
    ]
    targets = item_features.Targets(
        np.cumsum([0, *map(len, cut)], dtype=np.int64),
        np.array([i for ids in cut for i in ids], np.int32),
        max_length=max_target_length,
        max_source_length=max_seq_length,
        full_lengths=full,
    )
    return dataclasses.replace(made, targets=targets)


def _items(
    split: splits.Split,
) -> tuple[list[int], list[tuple[str, str | None]]]:
    """The number of each item's example, and its texts."""
    numbers, pairs = [], []
    for number, example in enumerate(split.examples):
        if example is None:
            continue
        references: Sequence[str | None] = example.references or (None,)
        for target in references if split.name == _TRAIN else references[:1]:
            numbers.append(number)
            pairs.append((example.text, target))
    examples = len(set(numbers))
    if len(pairs) > examples:
        logging.info(
            "%s: %s texts have %s texts to write, each of which is an example "
            "of training.",
            split.path,
            f"{examples:,}",
            f"{len(pairs):,}",
        )
    return numbers, pairs


def losses(
    features: item_features.Features, outputs: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """As `Kind.losses`: the model has computed them, since its logits for all
    tokens would be large. None if there is nothing to compare with."""
    if features.targets is None or "target_loss" not in outputs:
        return None
    counts = outputs["target_tokens"].astype(np.int64)
    return outputs["target_loss"].astype(np.float64), counts


def chance_loss(features: item_features.Features) -> float | None:
    """The loss of guessing tokens by their frequencies, starts left out."""
    if features.targets is None:
        return None
    ids = features.targets.token_ids
    is_start = np.zeros(len(ids), bool)
    is_start[features.targets.row_splits[:-1]] = True
    counts = np.bincount(ids[~is_start])
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def examples_of(split: splits.Split) -> list[example_types.WritingExample]:
    """The examples that were not skipped."""
    return [example for example in split.examples if example is not None]
