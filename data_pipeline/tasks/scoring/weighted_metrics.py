"""Metrics of weighted rows: of resamples, of groups, and without some rows.

A row of weight 2 counts twice, and one of weight 0 not at all. One product of
matrices computes a metric for many sets of weights.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

_Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class WeightedMetric:
    """A metric as a function of the weights of rows.

    Attributes:
        columns: [N, K], the numbers that the metric needs of each row; NumPy's
            or SciPy's.
        compute: takes (columns, weights [B, N]) and returns B values; nan for
            weights without a value.
    """

    columns: Any
    compute: Callable[[Any, np.ndarray], np.ndarray]

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """The values, float64 [B], for weights, [B, N]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.compute(self.columns, weights)

    def __len__(self) -> int:
        return self.columns.shape[0]

    def take(self, rows: np.ndarray) -> "WeightedMetric":
        """The same metric for some rows alone, int [n] or bool [N]."""
        return dataclasses.replace(self, columns=self.columns[rows])

    def value(self) -> float:
        """The metric with each row counted once."""
        return float(self(np.ones([1, len(self)]))[0])


def of_mean(sums: np.ndarray, counts: np.ndarray) -> WeightedMetric:
    """A ratio of sums over rows, such as an accuracy.

    Args:
        sums, counts: [N]; each row's share of the numerator and of the
            denominator.
    """
    return WeightedMetric(
        np.stack([sums, counts], axis=1).astype(np.float64),
        lambda columns, weights: _ratio(*(weights @ columns).T),
    )


def of_classes(
    gold: Sequence[int],
    predicted: Sequence[int],
    num_classes: int,
    metric: str,
) -> WeightedMetric | None:
    """A metric of one class for each row.

    Args:
        gold, predicted: the number of each row's class.
        metric: accuracy, matthews, f1 (of the second class), accuracy_and_f1,
            macro_f1 or weighted_f1; the macro average is over classes that
            occur.
    Returns:
        The metric; None if its name is another one.
    """
    if metric not in _OF_CLASSES:
        return None
    is_gold, is_predicted = (
        _one_hot(np.asarray(side), num_classes) for side in (gold, predicted)
    )
    return _of_counts(is_gold, is_predicted, _OF_CLASSES[metric])


def of_sets(
    gold: np.ndarray, predicted: np.ndarray, metric: str
) -> WeightedMetric | None:
    """A metric of any number of labels for each row.

    Args:
        gold, predicted: bool [N, C].
        metric: micro_f1 or macro_f1.
    Returns:
        The metric; None if its name is another one.
    """
    if metric not in _OF_SETS:
        return None
    import scipy.sparse

    is_gold, is_predicted = (
        scipy.sparse.csr_array(np.asarray(side, np.float64))
        for side in (gold, predicted)
    )
    return _of_counts(is_gold, is_predicted, _OF_SETS[metric])


def of_f1(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> WeightedMetric:
    """F1 over everything found in all rows, such as entities.

    Args:
        right, predicted, gold: [N], how many each row has.
    """
    columns = np.stack([right, predicted, gold], axis=1).astype(np.float64)
    return WeightedMetric(
        columns, lambda columns, weights: _f1(*(weights @ columns).T)
    )


def of_numbers(
    gold: Sequence[float], predicted: Sequence[float], metric: str
) -> WeightedMetric | None:
    """A metric of numbers: pearson, spearman, pearson_and_spearman, the mean
    of both, or mean_squared_error. None if the name is another one."""
    if metric not in _OF_NUMBERS:
        return None
    columns = np.array([gold, predicted], np.float64).T
    return WeightedMetric(columns, _OF_NUMBERS[metric])


def _of_counts(gold: Any, predicted: Any, measure: _Measure) -> WeightedMetric:
    """Args: [N, C] each; a measure of right, predicted and gold, [B, C]."""
    import scipy.sparse

    right = gold.multiply(predicted)
    columns = scipy.sparse.hstack([right, predicted, gold], format="csr")

    def compute(columns: Any, weights: np.ndarray) -> np.ndarray:
        counts = (columns.T @ weights.T).T
        return measure(*np.split(counts, 3, axis=1))

    return WeightedMetric(columns, compute)


def _one_hot(places: np.ndarray, num_classes: int) -> Any:
    import scipy.sparse

    rows = np.arange(len(places))
    shape = (len(places), num_classes)
    return scipy.sparse.csr_array((np.ones(len(places)), (rows, places)), shape)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / below, np.nan)


def _f1(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    total = predicted + gold
    return np.where(total > 0, 2 * right / np.maximum(total, 1e-12), 0.0)


def _accuracy(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    return _ratio(right.sum(axis=1), gold.sum(axis=1))


def _of_second(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    return _f1(right, predicted, gold)[:, 1]


def _accuracy_and_f1(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    f1 = _of_second(right, predicted, gold)
    return (_accuracy(right, predicted, gold) + f1) / 2


def _matthews(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    rows = gold.sum(axis=1)
    above = right.sum(axis=1) * rows - (predicted * gold).sum(axis=1)
    spreads = [
        np.square(rows) - np.square(side).sum(axis=1)
        for side in (predicted, gold)
    ]
    below = np.sqrt(spreads[0] * spreads[1])
    return np.where(below > 0, above / np.maximum(below, 1e-12), 0.0)


def _macro_of_present(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    is_present = (predicted + gold) > 0
    f1 = _f1(right, predicted, gold)
    return _ratio((f1 * is_present).sum(axis=1), is_present.sum(axis=1))


def _weighted(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    f1 = _f1(right, predicted, gold)
    return _ratio((f1 * gold).sum(axis=1), gold.sum(axis=1))


def _micro(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    return _f1(*(side.sum(axis=1) for side in (right, predicted, gold)))


def _macro(
    right: np.ndarray, predicted: np.ndarray, gold: np.ndarray
) -> np.ndarray:
    return _f1(right, predicted, gold).mean(axis=1)


def _pearson(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    first, second = columns.T
    return _correlation(first[np.newaxis], second[np.newaxis], weights)


def _spearman(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    first, second = (_weighted_ranks(side, weights) for side in columns.T)
    return _correlation(first, second, weights)


def _weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The mean rank of each value, [B, N], if it occurs `weights` times."""
    _, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(place.max() + 1))
    own = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(own, axis=1) - (own - 1) / 2)[:, place]


def _correlation(
    first: np.ndarray, second: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    rows = weights.sum(axis=1, keepdims=True)
    off = [
        side - (side * weights).sum(axis=1, keepdims=True) / rows
        for side in (first, second)
    ]
    common = (off[0] * off[1] * weights).sum(axis=1)
    squares = [(np.square(side) * weights).sum(axis=1) for side in off]
    below = np.sqrt(squares[0] * squares[1])
    return np.where(below > 1e-12, common / np.maximum(below, 1e-12), 0.0)


def _mean_of_both(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return (_pearson(columns, weights) + _spearman(columns, weights)) / 2


def _squared_error(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    errors = np.square(columns[:, 0] - columns[:, 1])
    return _ratio(weights @ errors, weights.sum(axis=1))


_OF_CLASSES: dict[str, _Measure] = {
    "accuracy": _accuracy,
    "matthews": _matthews,
    "f1": _of_second,
    "accuracy_and_f1": _accuracy_and_f1,
    "macro_f1": _macro_of_present,
    "weighted_f1": _weighted,
}
_OF_SETS: dict[str, _Measure] = {"micro_f1": _micro, "macro_f1": _macro}
_OF_NUMBERS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "pearson_and_spearman": _mean_of_both,
    "mean_squared_error": _squared_error,
}
