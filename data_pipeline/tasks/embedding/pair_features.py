"""Encodes each text of an example as a row of its own."""

from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np
from absl import logging

from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.text import tokenizers


def encode(
    split: splits.Split,
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
) -> item_features.Features:
    """Features with C rows for each example, [CLS] text [SEP].

    Labels are label, float32 [I], scores from 0 to 1, NO_LABEL if there are
    none; and text_ids, int32 [I, C], numbers that are equal for texts with the
    same tokens.

    Args:
        split: the examples; None is left out.
        tokenizer: the model's tokenizer.
        max_seq_length: S; longer texts are cut at the end.
    Raises:
        ValueError: all scores are equal.
    """
    numbers = [i for i, e in enumerate(split.examples) if e is not None]
    kept = [example for example in split.examples if example is not None]
    count = len(kept[0].texts) if kept else 1
    ids = tokenizer.encode_batch(
        text for example in kept for text in example.texts
    )
    number_of: dict[bytes, int] = {}
    text_ids: list[int] = []

    def rows() -> Iterator[dict[str, list[int]]]:
        for found in ids:
            found = found[: max_seq_length - 2]
            key = np.asarray(found, np.int32).tobytes()
            text_ids.append(number_of.setdefault(key, len(number_of)))
            tokens = [tokenizer.cls_id, *found, tokenizer.sep_id]
            yield {"token_ids": tokens, "segment_ids": [0] * len(tokens)}

    features = item_features.from_rows(rows(), {}, numbers, count)
    features.labels["label"] = _scaled(
        [example.label for example in kept], split.path
    )
    features.labels["text_ids"] = np.array(text_ids, np.int32).reshape(
        -1, count
    )
    return features


def _scaled(scores: Sequence[float | None], path: str) -> np.ndarray:
    """Scores from 0 to 1; NO_LABEL for all if there are none."""
    known = [score for score in scores if score is not None]
    if not known:
        return np.full(len(scores), item_features.NO_LABEL, np.float32)
    least, largest = min(known), max(known)
    if least == largest:
        raise ValueError(
            "The scores of pairs must differ. Received: only "
            f"{least:g} in {path}. Leave --score_column out to train on pairs "
            "that all belong together."
        )
    logging.info(
        "The scores of %s, from %g to %g, count as similarities from 0 to 1.",
        path,
        least,
        largest,
    )
    found = (np.array(known, np.float64) - least) / (largest - least)
    return found.astype(np.float32)
