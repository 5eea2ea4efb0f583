"""Measures how well the order of an epoch mixes a large set.

    python -m benchmarks.shuffling

Prints a Markdown table. The place of a row is its number divided by the number
of rows, for a set in the order of its text. In batches of independent draws,
both ratios are 1, and each row comes from a part of its own.
"""

import argparse

import numpy as np

from data_pipeline.pretraining import row_order
from tools import options

_COMPARED = 200  # batches


def measure(rows: int, batch_size: int) -> tuple[float, float, float]:
    """Parts in a batch, and the two ratios."""
    order = row_order.TrainingOrder(rows, 1, batch_size)
    used = rows // batch_size * batch_size
    batches, following = (
        order.rows(np.arange(first, first + used))[1].reshape(-1, batch_size)
        for first in (0, rows)
    )
    parts = [len(set(batch // row_order.PART)) for batch in batches[:_COMPARED]]
    variance = np.var(batches.mean(axis=1) / rows) * 12 * batch_size
    # The next epoch's batch of each row; -1 in the few that are left over.
    of_row = np.full(rows, -1)
    of_row[following.ravel()] = np.repeat(np.arange(len(following)), batch_size)
    together, pairs = 0, 0
    for batch in batches[:_COMPARED]:
        again = of_row[batch]
        counts = np.bincount(again[again >= 0])
        together += int(np.sum(counts * (counts - 1)))
        pairs += batch_size * (batch_size - 1)
    return (
        float(np.mean(parts)),
        float(variance),
        together / pairs / (batch_size / rows),
    )


def main(arguments: argparse.Namespace) -> None:
    print(
        "| batch | parts in a batch | variance of a batch's mean place, over "
        "that of random draws | pairs that meet again in the next epoch, over "
        "random |\n|---|---|---|---|"
    )
    for batch_size in (256, 4096):
        parts, variance, pairs = measure(arguments.rows, batch_size)
        print(
            f"| {batch_size:,} | {parts:.0f} | {variance:.1f} | {pairs:.1f} |"
        )


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="Rows of an epoch."
    )
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
