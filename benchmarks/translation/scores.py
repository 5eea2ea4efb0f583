"""BLEU and chrF by sacrebleu, ROUGE by rouge-score, with intervals.

Sources: Post 2018, "A Call for Clarity in Reporting BLEU Scores"; Popović 2015,
"chrF: character n-gram F-score"; Lin 2004, "ROUGE".
"""

import json
import re
from collections.abc import Sequence

import numpy as np
import sacrebleu
from rouge_score import rouge_scorer

from benchmarks.embeddings import bootstrap

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
ROUGES = ("rouge1", "rouge2", "rougeL")
# Of sacrebleu's, which has its own generator.
_ROUNDS = 1000


class _Words:
    """Words of any script for ROUGE; Chinese and Japanese by characters."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(rf"[{CJK}]|[^\W{CJK}]+", text.lower())


def score(
    texts: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, object]:
    """Scores answers against one or more references each, in percent.

    Args:
        texts: N answers.
        references: of each answer, one or more.
    Returns:
        bleu, chrf, rouge1, rouge2, rougeL; intervals, of 95%, by the same
        names; signature, sacrebleu's of BLEU. BLEU is counted on characters
        where most letters of the references are Chinese or Japanese, and ROUGE
        on them and on words of other scripts, without stemming.
    """
    most = max(map(len, references))
    streams = [
        [each[number] if number < len(each) else None for each in references]
        for number in range(most)
    ]
    found: dict[str, object] = {}
    intervals = {}
    bleu = sacrebleu.BLEU(tokenize=tokenizer(references))
    for name, metric in (("bleu", bleu), ("chrf", sacrebleu.CHRF())):
        result = metric.corpus_score(texts, streams, n_bootstrap=_ROUNDS)
        found[name] = float(result.score)
        signature = metric.get_signature().format()
        said = json.loads(result.format(signature=signature, is_json=True))
        # A score of 0 has no interval there.
        middle = said.get("confidence_mean", 0.0)
        half = said.get("confidence_var", 0.0)
        intervals[name] = (middle - half, middle + half)
    rouges = [rouge(t, r) for t, r in zip(texts, references, strict=True)]
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


def tokenizer(references: Sequence[Sequence[str]]) -> str:
    """sacrebleu's tokenizer for the script of the references."""
    text = "".join(each for one in references for each in one)
    letters = sum(character.isalpha() for character in text)
    return "zh" if 2 * len(re.findall(f"[{CJK}]", text)) > letters else "13a"


def rouge(text: str, references: Sequence[str]) -> dict[str, float]:
    """F-measures in percent, against the best reference by each of them."""
    found = _SCORER.score_multi(references, text)
    return {name: 100 * found[name].fmeasure for name in ROUGES}


def overlap(text: str, references: Sequence[str]) -> float:
    """ROUGE-1 and ROUGE-2 together."""
    found = rouge(text, references)
    return found["rouge1"] + found["rouge2"]


_SCORER = rouge_scorer.RougeScorer(ROUGES, tokenizer=_Words())
