"""The predictions of a baseline."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from data_pipeline.tasks import splits


class Guess(NamedTuple):
    """A baseline's predictions for the rows of a split.

    Attributes:
        name: what it predicts.
        short: one word, for the head of a column.
        predicted: a prediction for each row that was not skipped.
        trained_rows: the number of rows that it was computed from; None for
            the evaluated rows themselves.
        seconds: how long it took.
        metrics: its metrics, if they are known without scoring it.
    """

    name: str
    short: str
    predicted: list[Any]
    trained_rows: int | None
    seconds: float = 0.0
    metrics: dict[str, float] | None = None


# Takes the evaluated rows and the rows that the model was trained on, or None
# if these are unknown. Then only labels are guessed, from the evaluated rows.
Guesses = Callable[[splits.Split, splits.Split | None], Iterator[Guess]]


def rows_of(split: splits.Split) -> list[Any]:
    """The examples of a split that were not skipped."""
    return [example for example in split.examples if example is not None]


def in_place(split: splits.Split, predicted: Sequence[Any]) -> list[Any]:
    """Predictions with None in place of skipped examples."""
    left = iter(predicted)
    return [
        None if example is None else next(left) for example in split.examples
    ]
