"""A sample of labeled examples, on which to compare two forms of a model."""

import itertools
import os
from collections.abc import Iterator

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.batches import input_pipeline
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind


class LabelledSample:
    """The first examples of a task's first evaluation split.

    Args:
        data: the task's data.
        max_examples: how many examples to take.
    Attributes:
        encoded: the examples and their features.
        metric: name of the task's main metric.
        data: the sample's origin: file, part (the split's name), sha256 (of
            the whole split), rows, and `of` (the rows of the whole split).
    """

    def __init__(self, data: task_data.TaskData, max_examples: int) -> None:
        self._data = data
        name = data.evaluation_splits[0]
        whole = data.whole(name)
        self.encoded = data.sample(name, max_examples)
        self.data = {
            "file": os.path.basename(os.path.normpath(whole.path)),
            "part": name,
            "sha256": encode.fingerprint(whole.examples),
            "rows": _count(self.encoded.split),
            "of": _count(whole),
        }
        self.metric = data.metric_of(self.encoded.split)

    def batches(
        self, lengths: tuple[int, ...] | None = None, batch_size: int = 1
    ) -> Iterator[dict[str, np.ndarray]]:
        """Batches of all items, as NumPy arrays.

        Args:
            lengths: lengths that rows are padded to; None: those of the data.
            batch_size: B.
        """
        return self._batches(self.encoded, lengths, batch_size)

    def calibration(
        self, length: int | None, max_examples: int
    ) -> Iterator[dict[str, np.ndarray]]:
        """Batches of one item for calibration, from the first training
        examples; without training data, from the sample itself.

        Args:
            length: the length that rows are padded to; None: those of the
                data.
            max_examples: how many batches to return.
        """
        encoded = self.encoded
        if self._data.exists("train"):
            encoded = self._data.sample("train", max_examples)
        found = self._batches(encoded, (length,) if length else None, 1)
        return itertools.islice(found, max_examples)

    def _batches(
        self,
        encoded: task_kind.Encoded,
        lengths: tuple[int, ...] | None,
        batch_size: int,
    ) -> Iterator[dict[str, np.ndarray]]:
        features = encoded.features
        found = features.lengths
        if features.window_counts is not None:
            found = features.lengths_of_items(pack=False)
            if lengths:
                most = int(features.window_counts.max(initial=1))
                lengths = batch_plan.with_windows(lengths, most)
        plan = evaluation_plan.in_order(
            found, lengths or self._data.lengths, batch_size
        )
        for length, items in plan:
            yield from input_pipeline.batches(
                features, items, length
            ).as_numpy_iterator()

    def score(self, outputs: dict[str, np.ndarray]) -> float:
        """The main metric, from 0 to 1, of the outputs by item."""
        predictions = self._data.predictions(self.encoded, outputs)
        found = self._data.score(
            self.encoded, predictions, self._data.threshold
        )
        return found[self.metric] / self._data.kind.perfect


def _count(split: splits.Split) -> int:
    return sum(example is not None for example in split.examples)
