"""BLEU, chrF and ROUGE of written texts, from 0 to 100.

BLEU and chrF are sacrebleu's, ROUGE is that of rouge-score. Each is a function
of counts for each row, so that intervals come from weighted rows.

Source: Papineni et al. 2002 and Post 2018 for BLEU, Popović 2015 for chrF,
    Lin 2004 for ROUGE.
"""

import functools
import importlib.metadata
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from data_pipeline.tasks import splits
from data_pipeline.tasks.generation import scripts
from data_pipeline.tasks.generation import target_features
from data_pipeline.tasks.scoring import weighted_metrics

BLEU, CHRF = "bleu", "chrf"
ROUGE = ("rouge1", "rouge2", "rougeL")
NAMES = (CHRF, BLEU, *ROUGE)

References = Sequence[Sequence[str]]


def check_installed() -> None:
    """Raises ImportError, with the remedy, if a library is missing."""
    try:
        import rouge_score  # noqa: F401
        import sacrebleu  # noqa: F401
    except ImportError:
        raise ImportError(
            "sacrebleu and rouge-score must be installed to score written "
            "texts. Run pip install 'albert_tf[generation]'."
        ) from None


def score(split: splits.Split, predicted: Sequence[Any]) -> dict[str, float]:
    """All metrics of the texts written for a labeled split."""
    found = {name: metric(split, predicted, name) for name in NAMES}
    return {name: one.value() for name, one in found.items()}


def metric(
    split: splits.Split, predicted: Sequence[Any], name: str
) -> weighted_metrics.WeightedMetric:
    """A metric as a function of the weights of the rows.

    Args:
        split: a labeled split.
        predicted: a text for each example; None for a skipped one.
        name: one of `NAMES`.
    """
    check_installed()
    references = references_of(split)
    division = _division(split.path, references)
    texts = [text for text in predicted if text is not None]
    if name in ROUGE:
        values = _rouge(texts, references, name, division)
        return weighted_metrics.of_mean(values, np.ones(len(values)))
    library = _sacrebleu(name, division)
    # sacrebleu's own tests of significance call these two, which are additive.
    rows = library._extract_corpus_statistics(texts, _streams(references))
    return weighted_metrics.WeightedMetric(
        np.array(rows, np.float64),
        lambda columns, weights: np.array(
            [
                library._compute_score_from_stats(sums.tolist()).score
                if own.sum() > 0
                else np.nan
                for sums, own in zip(weights @ columns, weights, strict=True)
            ]
        ),
    )


def of_rows(split: splits.Split, predicted: Sequence[Any]) -> list[float]:
    """The chrF of each text alone."""
    check_installed()
    library = _sacrebleu(CHRF, _division(split.path, references_of(split)))
    texts = [text for text in predicted if text is not None]
    return [
        library.sentence_score(text, list(own)).score
        for text, own in zip(texts, references_of(split), strict=True)
    ]


def signatures(split: splits.Split) -> dict[str, str]:
    """What someone else needs to compute the same numbers, by metric."""
    check_installed()
    references = references_of(split)
    division = _division(split.path, references)
    found = {}
    for name in (BLEU, CHRF):
        library = _sacrebleu(name, division)
        library._cache_references(_streams(references))  # counts them
        found[name] = library.get_signature().format()
    version = importlib.metadata.version("rouge-score")
    words = (
        "its own words of a to z and 0 to 9"
        if division.is_ascii
        else "words of any letters, and each character of scripts without "
        "spaces"
    )
    found["rouge"] = (
        f"F1 of rouge-score {version}, without stemming, {words}; the best of "
        "several references"
    )
    return found


def references_of(split: splits.Split) -> list[tuple[str, ...]]:
    """The right texts of each example that was not skipped."""
    return [e.references or () for e in target_features.examples_of(split)]


def _streams(references: References) -> list[list[str | None]]:
    """The first references of all rows, the second ones, and so on."""
    most = max(map(len, references))
    return [
        [own[number] if number < len(own) else None for own in references]
        for number in range(most)
    ]


@functools.cache
def _said(path: str, division: scripts.Division) -> None:
    """Says once how the texts of a file are divided, if it is not as usual."""
    if division.bleu != "13a":
        logging.info(
            "%s: the texts to write have no spaces between words, so BLEU uses "
            "sacrebleu's tokenizer %s.",
            path,
            division.bleu,
        )
    if not division.is_ascii:
        logging.info(
            "%s: the texts to write have other letters than a to z, which "
            "rouge-score drops, so ROUGE counts words of any letters, and each "
            "character of scripts without spaces.",
            path,
        )


def _division(path: str, references: References) -> scripts.Division:
    found = scripts.of(text for own in references for text in own)
    _said(path, found)
    return found


def _sacrebleu(name: str, division: scripts.Division) -> Any:
    from sacrebleu import metrics

    if name == CHRF:
        return metrics.CHRF()
    # The texts are not tokenized, whatever their ends look like.
    return metrics.BLEU(tokenize=division.bleu, force=True)


class _Words:
    """Divides texts for rouge-score."""

    def tokenize(self, text: str) -> list[str]:
        return scripts.words(text)


def _rouge(
    texts: Sequence[str],
    references: References,
    name: str,
    division: scripts.Division,
) -> np.ndarray:
    from rouge_score import rouge_scorer

    tokenizer = None if division.is_ascii else _Words()
    scorer = rouge_scorer.RougeScorer([name], tokenizer=tokenizer)
    best: Callable[..., Any] = scorer.score_multi
    return np.array(
        [
            100 * best(list(own), text)[name].fmeasure
            for text, own in zip(texts, references, strict=True)
        ]
    )
