"""Batches for peers' pretraining: random ones, or those of a file.

NumPy and the standard library only, as all that peers run.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from benchmarks import measure


def of(settings: dict) -> Iterator[dict[str, np.ndarray]]:
    """Without end, dicts of token_ids, segment_ids, padding_mask int32 [B, S];
    mask_positions, mask_ids int32 [B, M], mask_weights float32 [B, M];
    sentence_order int32 [B], -1 where there is no second segment.

    Args:
        settings: batches_file, an .npz of them, stacked; or rows, length and
            masks: one batch of that size, all of it tokens.
    """
    if "batches_file" in settings:
        with np.load(settings["batches_file"]) as file:
            stacked = dict(file)
        count = len(stacked["token_ids"])
        batches = [
            {name: values[number] for name, values in stacked.items()}
            for number in range(count)
        ]
    else:
        batches = [
            measure.random_batch(
                settings["config"]["vocab_size"],
                settings["rows"],
                settings["length"],
                settings["masks"],
            )
        ]
    return itertools.cycle(batches)
