"""Words and numbers in the sentences of reports."""

from collections.abc import Sequence

_SHOWN = 5
_LONGEST_NAME = 40


_WRITTEN = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "rougeL": "ROUGE-L",
}


def title(metric: str) -> str:
    """The name of a metric in a sentence."""
    if metric == "pearson_and_spearman":
        return "the mean of Pearson and Spearman"
    if metric in _WRITTEN:
        return _WRITTEN[metric]
    return metric.replace("_", " ").replace("f1", "F1")


def number(value: float) -> str:
    """A number with about three digits."""
    return f"{value:.4g}" if abs(value) >= 1 else f"{value:.3f}"


def short(name: str) -> str:
    """A name, cut to a length that a sentence has room for."""
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME - 1] + "…"


def listed(names: Sequence[str]) -> str:
    """Names as in "a, b and c"; of many, the first ones and a number."""
    shown = [short(name) for name in names[:_SHOWN]]
    left = len(names) - len(shown)
    if left:
        return f"{', '.join(shown)} and {left} more"
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def classes(names: Sequence[str]) -> str:
    """Names of classes, at the start of a sentence."""
    return f"{'Class' if len(names) == 1 else 'Classes'} {listed(names)}"


def has(names: Sequence[str]) -> str:
    """The verb after names."""
    return "has" if len(names) == 1 else "have"
