"""Inputs on which exported formats are compared with the original model."""

import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import Protocol

import keras
import numpy as np

from albert_tf import kinds
from albert_tf import task_models
from albert_tf.embedding import model as embedding_model
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.seq2seq import model as seq2seq_model

# TensorFlow recommends 100 to 500 batches to measure ranges of activations.
_CALIBRATION_ROWS = 200
# Rows of a batch for models that write, where a form takes any number of rows.
_WRITTEN_ROWS = 16
# Rows, and choices or windows, for comparisons on random ids.
_RANDOM_ROWS = 8
_CHOICES = 4


class Sample(Protocol):
    """Inputs on which a model and its exported formats are run.

    Attributes:
        max_seq_length: length of rows for formats with a fixed length.
        num_choices: number of choices, for multiple choice; else None.
        data: the file, the part, its sha256, and the number of rows that are
            used and that it has (`of`); None for random ids.
    """

    @property
    def max_seq_length(self) -> int: ...

    @property
    def num_choices(self) -> int | None: ...

    @property
    def data(self) -> dict[str, Any] | None: ...

    def compare(self, form: formats.Written) -> gate.Result:
        """Compares a format with the original."""

    def batches(self) -> Iterable[dict[str, np.ndarray]]:
        """The rows that formats are compared on, one in a batch."""

    def calibration(
        self, length: int | None
    ) -> Iterable[dict[str, np.ndarray]]:
        """Yields batches of one row with the given length; None: with the
        lengths of the data."""


class Labelled:
    """Labeled examples of a task, on which a metric is compared.

    Args:
        model: the original model.
        sample: data_pipeline.tasks.data.labelled_sample.LabelledSample.
        max_seq_length: length of the longest rows.
    """

    def __init__(
        self, model: keras.Model, sample: Any, max_seq_length: int
    ) -> None:
        self.max_seq_length = max_seq_length
        self.data = sample.data
        self._sample = sample
        self._original = ids_function.runner(model)
        self._predict = functools.cache(self._predict_original)
        self._constants = kinds.constants_of(model)
        self._is_embedder = isinstance(model, embedding_model.AlbertEmbedder)
        self._writes = isinstance(model, seq2seq_model.AlbertSeq2Seq)
        self.num_choices = None
        if isinstance(model, task_models.AlbertMultipleChoice):
            self.num_choices = next(sample.batches())["token_ids"].shape[1]

    def compare(self, form: formats.Written) -> gate.Result:
        return gate.compare(
            form.name,
            self._sample.metric,
            self._predict(form.fixed),
            self._run(form.runner, form.fixed, form.takes_one),
            self._sample.score,
        )

    def batches(self) -> Iterable[dict[str, np.ndarray]]:
        return self._sample.batches()

    def calibration(
        self, length: int | None
    ) -> Iterable[dict[str, np.ndarray]]:
        batches = self._sample.calibration(length, _CALIBRATION_ROWS)
        if not self._is_embedder:
            return batches
        return (text for batch in batches for text in _texts(batch))

    def _run(self, runner, length, takes_one=False):
        lengths = (length,) if length else None
        count = _WRITTEN_ROWS if self._writes and not takes_one else 1
        batches = self._sample.batches(lengths, count)
        if self._writes:
            runner = functools.partial(_best, runner)
        if self._is_embedder:
            runner = functools.partial(_of_texts, runner)
        return {**gate.predict(runner, batches), **self._constants}

    def _predict_original(self, length):
        return self._run(self._original, length)


def _best(
    runner: ids_function.Runner, batch: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The best of the texts that are written for each row."""
    return {name: value[:, 0] for name, value in runner(batch).items()}


def _of_texts(
    runner: ids_function.Runner, batch: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The outputs for C texts in each row, [B, C, ...], of a form that reads
    one."""
    found = [runner(text) for text in _texts(batch)]
    return {
        name: np.stack([each[name] for each in found], axis=1)
        for name in found[0]
    }


def _texts(batch: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """The rows of ids [B, S] in rows of C texts [B, C, S]."""
    if batch["token_ids"].ndim == 2:
        return [batch]
    return [
        {name: batch[name][:, text] for name in ids_function.ROWS}
        for text in range(batch["token_ids"].shape[1])
    ]


class Masked:
    """Pretraining records, on which masked-LM accuracy is compared.

    Args:
        model: the original model.
        batches: yields batches of one row.
        max_seq_length: length of all rows.
        data: as in Sample.
    """

    num_choices: int | None = None

    def __init__(
        self,
        model: keras.Model,
        batches: Callable[[], Iterable[dict[str, np.ndarray]]],
        max_seq_length: int,
        data: dict[str, Any],
    ) -> None:
        self.max_seq_length = max_seq_length
        self.data = data
        self._original = ids_function.runner(model)
        self._batches = batches

    def compare(self, form: formats.Written) -> gate.Result:
        return gate.compare_masked_lm(
            form.name, self._original, form.runner, self._batches()
        )

    def batches(self) -> Iterable[dict[str, np.ndarray]]:
        return self._batches()

    def calibration(
        self, length: int | None
    ) -> Iterable[dict[str, np.ndarray]]:
        return itertools.islice(self._batches(), _CALIBRATION_ROWS)


class Random:
    """Random ids, on which answers are compared.

    Args:
        model: the original model.
        max_seq_length: S.
    """

    data: dict[str, Any] | None = None

    def __init__(self, model: keras.Model, max_seq_length: int) -> None:
        self.max_seq_length = max_seq_length
        self._original = ids_function.runner(model)
        self._names = ids_function.input_names(model)
        is_choice = isinstance(model, task_models.AlbertMultipleChoice)
        self.num_choices = _CHOICES if is_choice else None
        has_rows = is_choice or ids_function.reads_windows(model)
        shape = (_CHOICES,) * has_rows + (max_seq_length,)
        rng = np.random.default_rng(0)
        self._batches = [
            {
                **{
                    name: np.ones((1, *shape), np.int32) for name in self._names
                },
                "token_ids": rng.integers(
                    model.config.vocab_size, size=(1, *shape), dtype=np.int32
                ),
                "item": np.array([row], np.int32),
            }
            for row in range(_RANDOM_ROWS)
        ]

    def compare(self, form: formats.Written) -> gate.Result:
        original = gate.predict(self._original, self._batches)
        return gate.compare(
            form.name,
            "same_answers",
            original,
            gate.predict(form.runner, self._batches),
            gate.same_answers(original),
        )

    def batches(self) -> Iterable[dict[str, np.ndarray]]:
        return self._batches

    def calibration(
        self, length: int | None
    ) -> Iterable[dict[str, np.ndarray]]:
        """Yields nothing, since ranges on random ids are not those on texts."""
        return ()
