"""What the forms of a model are compared on before they are let out."""

import functools
import itertools
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import Protocol

import keras
import numpy as np

from albert_tf import task_models
from albert_tf.exporting import formats
from albert_tf.exporting import gate
from albert_tf.exporting import ids_function

# TensorFlow's advice is 100 to 500 batches for the ranges of activations.
_CALIBRATION_ROWS = 200
# Where nothing is known of the texts.
_RANDOM_ROWS = 8
_CHOICES = 4


class Sample(Protocol):
    """Inputs that a model and its exported forms are run on.

    Attributes:
        max_seq_length: tokens of the rows of a form with fixed lengths.
        num_choices: choices of a question, for multiple choice.
        data: the file, the part, the sha256 and the rows that it consists of,
            and of how many (`of`); None for random ids.
    """

    @property
    def max_seq_length(self) -> int: ...

    @property
    def num_choices(self) -> int | None: ...

    @property
    def data(self) -> dict[str, Any] | None: ...

    def compare(self, form: formats.Written) -> gate.Result:
        """Compares a form with the original."""

    def calibration(self, length: int) -> Iterable[dict[str, np.ndarray]]:
        """Yields batches of one row of a length."""


class Labelled:
    """Labeled examples of a task: the metric must not fall.

    Args:
        model: the original.
        sample: data_pipeline.tasks.labelled_sample.LabelledSample.
        max_seq_length: of the longest rows.
    """

    def __init__(
        self, model: keras.Model, sample: Any, max_seq_length: int
    ) -> None:
        self.max_seq_length = max_seq_length
        self.data = sample.data
        self._sample = sample
        self._original = ids_function.runner(model)
        self._predict = functools.cache(self._predict_original)
        self.num_choices = None
        if isinstance(model, task_models.AlbertMultipleChoice):
            self.num_choices = next(sample.batches())["token_ids"].shape[1]

    def compare(self, form: formats.Written) -> gate.Result:
        return gate.compare(
            form.name,
            self._sample.metric,
            self._predict(form.fixed),
            gate.predict(form.runner, self._batches(form.fixed)),
            self._sample.score,
        )

    def calibration(self, length: int) -> Iterable[dict[str, np.ndarray]]:
        return self._sample.calibration(length, _CALIBRATION_ROWS)

    def _batches(self, length):
        return self._sample.batches(length and (length,))

    def _predict_original(self, length):
        return gate.predict(self._original, self._batches(length))


class Masked:
    """Records of text: as many masks must be filled in right.

    Args:
        model: the original.
        batches: makes batches of one row.
        max_seq_length: of all rows.
        data: what the batches are of.
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

    def calibration(self, length: int) -> Iterable[dict[str, np.ndarray]]:
        return itertools.islice(self._batches(), _CALIBRATION_ROWS)


class Random:
    """Random ids: the answers must be the same.

    Args:
        model: the original.
        max_seq_length: S.
    """

    data: dict[str, Any] | None = None

    def __init__(self, model: keras.Model, max_seq_length: int) -> None:
        self.max_seq_length = max_seq_length
        self._original = ids_function.runner(model)
        self._names = ids_function.input_names(model)
        is_choice = isinstance(model, task_models.AlbertMultipleChoice)
        self.num_choices = _CHOICES if is_choice else None
        shape = (_CHOICES,) * is_choice + (max_seq_length,)
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

    def calibration(self, length: int) -> Iterable[dict[str, np.ndarray]]:
        """Yields nothing: ranges of random ids are not those of texts."""
        return ()
