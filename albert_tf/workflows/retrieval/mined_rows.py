"""Writes mined rows: triplets, or labeled pairs."""

import csv
import json
from collections.abc import Sequence
from typing import Any

from albert_tf.workflows.configs.retrieval import mine as mine_config
from data_pipeline.io import files

_ENDINGS = (".jsonl", ".csv", ".tsv")


def check(path: str) -> None:
    """Raises ValueError if a path has an unknown ending."""
    if not path.endswith(_ENDINGS):
        raise ValueError(
            f"The output must end in {', '.join(_ENDINGS)}. Received: {path}."
        )


class Writer:
    """Writes a file completely or not at all; a context manager.

    Args:
        path: of the file; its ending says the format.
        form: mine_config.TRIPLETS or PAIRS.
        num_negatives: how many negatives a triplet has.
    """

    def __init__(self, path: str, form: str, num_negatives: int) -> None:
        self._path, self._form, self._count = path, form, num_negatives
        self._whole = files.whole(path, "w")
        self._columns: tuple[str, ...] = ("text", "text_pair", "label")
        if form == mine_config.TRIPLETS:
            negatives = (f"negative_{n + 1}" for n in range(num_negatives))
            self._columns = ("text", "positive", *negatives)

    def __enter__(self) -> "Writer":
        self._file = self._whole.__enter__()
        if not self._path.endswith(".jsonl"):
            self._put(self._columns)
        return self

    def __exit__(self, *error: Any) -> None:
        self._whole.__exit__(*error)

    def write(self, query: str, positive: str, negatives: Sequence[str]) -> int:
        """Writes what belongs to a query and a positive.

        Returns:
            The number of rows: 0 if there are no negatives, or for triplets
            too few.
        """
        if self._form == mine_config.TRIPLETS:
            if len(negatives) < self._count:
                return 0
            rows = [(query, positive, *negatives)]
        elif negatives:
            rows = [
                (query, positive, "1"),
                *((query, text, "0") for text in negatives),
            ]
        else:
            return 0
        for row in rows:
            self._put(row)
        return len(rows)

    def _put(self, row: Sequence[str]) -> None:
        if self._path.endswith(".jsonl"):
            values = dict(zip(self._columns, row, strict=True))
            self._file.write(json.dumps(values, ensure_ascii=False) + "\n")
            return
        if self._path.endswith(".tsv"):
            # Quotes are ordinary characters in .tsv files.
            cells = (" ".join(cell.split()) for cell in row)
            self._file.write("\t".join(cells) + "\n")
            return
        csv.writer(self._file, lineterminator="\n").writerow(row)
