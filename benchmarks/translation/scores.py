"""BLEU and chrF by sacrebleu, ROUGE by rouge-score, with intervals.

Sources: Post 2018, "A Call for Clarity in Reporting BLEU Scores"; Popović 2015,
"chrF: character n-gram F-score"; Lin 2004, "ROUGE".
"""

import json
from collections.abc import Sequence

import numpy as np
import sacrebleu
from rouge_score import rouge_scorer

from benchmarks.embeddings import bootstrap
from data_pipeline.tasks.generation import scripts

ROUGES = ("rouge1", "rouge2", "rougeL")
# Samples of sacrebleu's bootstrap, which has its own generator.
_ROUNDS = 1000


class _Words:
    """Words of any letters, and each letter of scripts without spaces."""

    def tokenize(self, text: str) -> list[str]:
        return scripts.words(text)


def score(
    texts: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, object]:
    """Scores answers against one or more references each, in percent.

    Args:
        texts: N answers.
        references: of each answer, one or more.
    Returns:
        bleu, chrf, rouge1, rouge2, rougeL; intervals, of 95%, by the same
        names; signature, sacrebleu's of BLEU. How texts are divided into words
        depends on the script of the references, as in albert-tf evaluate.
    """
    most = max(map(len, references))
    streams = [
        [each[number] if number < len(each) else None for each in references]
        for number in range(most)
    ]
    division = scripts.of(text for own in references for text in own)
    found: dict[str, object] = {}
    intervals = {}
    bleu = sacrebleu.BLEU(tokenize=division.bleu)
    for name, metric in (("bleu", bleu), ("chrf", sacrebleu.CHRF())):
        result = metric.corpus_score(texts, streams, n_bootstrap=_ROUNDS)
        found[name] = float(result.score)
        signature = metric.get_signature().format()
        said = json.loads(result.format(signature=signature, is_json=True))
        # A score of 0 has no interval there.
        middle = said.get("confidence_mean", 0.0)
        half = said.get("confidence_var", 0.0)
        intervals[name] = (middle - half, middle + half)
    scorer = _scorer(division)
    rouges = [
        _rouge(scorer, *one) for one in zip(texts, references, strict=True)
    ]
    for name in ROUGES:
        each = np.array([one[name] for one in rouges])
        found[name] = float(each.mean())
        intervals[name] = bootstrap.interval(
            [len(each)], lambda drawn, each=each: each[drawn[0]].mean()
        )
    return {
        **found,
        "intervals": intervals,
        "signature": bleu.get_signature().format(),
    }


def overlap(text: str, references: Sequence[str]) -> float:
    """ROUGE-1 and ROUGE-2 together, in percent."""
    found = _rouge(_scorer(scripts.of(references)), text, references)
    return found["rouge1"] + found["rouge2"]


def _scorer(division: scripts.Division) -> rouge_scorer.RougeScorer:
    """Of words of a to z, as rouge-score has it, or of any script; without
    stemming."""
    own = None if division.is_ascii else _Words()
    return rouge_scorer.RougeScorer(ROUGES, tokenizer=own)


def _rouge(
    scorer: rouge_scorer.RougeScorer, text: str, references: Sequence[str]
) -> dict[str, float]:
    """F-measures in percent, against the best reference by each of them."""
    found = scorer.score_multi(references, text)
    return {name: 100 * found[name].fmeasure for name in ROUGES}
