"""Compares a record set with what its settings promise."""

import math
from collections.abc import Mapping
from typing import Any

from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import comparison
from data_pipeline.pretraining.audit import mask_promises
from data_pipeline.pretraining.records import examples

# Above these shares, a set deserves a closer look.
MOST_UNKNOWN = 0.01
MOST_DUPLICATES = 0.01
MOST_SHORT_ROWS = 0.2
MOST_WITHOUT_QUESTION = 0.25
# The last limit is for rows with room for at least three average sentences.
# On Wikipedia, 15% of the rows with room for 3.4 sentences had no question, 35%
# with room for 2.5, and 72% with room for 1.6. In shorter rows, the limit grows
# linearly, up to all rows if one sentence fills a row, but it stays below the
# share where rows hardly ever have a question.
_ENOUGH_SENTENCES = 3
_MOST_IN_ANY_ROWS = 0.8


def compare(
    counts: dict[str, Any],
    masks: dict[str, Any],
    *,
    settings: dict[str, Any],
    made: dict[str, int],
    spec: mask_spec.MaskSpec,
    masked_on_disk: bool = False,
    text: Mapping[str, int] | None = None,
) -> list[comparison.Comparison]:
    """Compares statistics with what was promised.

    Args:
        counts, masks: from `statistics`.
        settings: the settings in the manifest.
        made: the counts that the manifest promises for these files: records,
            and documents if these are all files of the set.
        spec: how rows are masked.
        masked_on_disk: whether the records hold masked rows, in which
            adjacent n-grams look like one.
        text: the manifest's counts of documents, sentences and tokens, if
            known.
    Returns:
        A comparison for each promise that these numbers can confirm or refute.
    """
    return [
        *_manifest(counts, made),
        *_text(counts),
        *mask_promises.masks(masks, spec),
        *(
            mask_promises.runs(masks)
            if masked_on_disk
            else mask_promises.ngrams(masks, spec)
        ),
        *_orders(counts, masks, settings, text or {}),
    ]


def _manifest(
    counts: Mapping[str, Any], made: Mapping[str, int]
) -> list[comparison.Comparison]:
    def fits(name: str, promised: int) -> bool:
        if name == "documents":
            # A document without tokens has no record in which to count it.
            return 0.99 * promised <= counts[name] <= promised
        return counts[name] == promised

    return [
        comparison.judge(
            f"{name}, manifest",
            f"{promised:,}",
            f"{counts[name]:,}",
            fits(name, promised),
            "The files are not those that the manifest describes. Make the "
            "records again.",
        )
        for name, promised in made.items()
    ]


def _text(counts: Mapping[str, Any]) -> list[comparison.Comparison]:
    def at_most(
        what: str, most: float, seen: float, advice: str
    ) -> comparison.Comparison:
        return comparison.judge(
            what, f"at most {most:.0%}", f"{seen:.2%}", seen <= most, advice
        )

    about = "about " if counts["duplicates_are_estimates"] else ""
    comparisons = [
        at_most(
            "<unk> among tokens",
            MOST_UNKNOWN,
            counts["unknown"],
            "The vocabulary does not fit the text. Train one on it with "
            "albert-tf vocab, which reports the characters that it lacks.",
        ),
        at_most(
            "rows under 1/8 of the length",
            MOST_SHORT_ROWS,
            counts["short_rows"],
            "Many documents are short, and most of each row is padding. Pack "
            "several into a row during training, or use a shorter "
            "--max_seq_length.",
        ),
        at_most(
            f"{about}duplicate records",
            MOST_DUPLICATES,
            counts["duplicate_records"],
            "The same rows are repeated within an epoch. Remove repeated text "
            "from the corpus.",
        ),
    ]
    if counts["documents"]:
        comparisons.append(
            at_most(
                f"{about}duplicate documents",
                MOST_DUPLICATES,
                counts["duplicate_documents"],
                "Models memorize repeated text. Remove duplicates from the "
                "corpus; perhaps an input file matches two patterns.",
            )
        )
    return comparisons


def _orders(
    counts: Mapping[str, Any],
    masks: Mapping[str, Any],
    settings: Mapping[str, Any],
    text: Mapping[str, int],
) -> list[comparison.Comparison]:
    """Comparisons for the sentence-order (or next-sentence) question."""
    task = settings.get("sentence_task", "sop")
    if task == "none":
        asked = sum(masks["orders"]) + sum(counts["fixed_orders"])
        return [
            comparison.judge(
                "rows with a question",
                "none",
                f"{asked:,}",
                not asked,
                "Records of running text must have one segment each. Make them "
                "again.",
            )
        ]
    comparisons = [_questions(counts["no_question"], settings, text)]
    asked = sum(masks["orders"])
    if not asked:
        return comparisons
    seen = masks["orders"][1] / asked
    chance = 4 * comparison.deviation(0.5, asked)
    if settings.get("segments") == "google" and task == "sop":
        # A chunk of one sentence gets a random second segment and label 1.
        promised, fine = "50% or more", seen >= 0.5 - chance
    else:
        promised, fine = f"50% ± {chance:.1%}", abs(seen - 0.5) <= chance
    comparisons.append(
        comparison.judge(
            "label 1 (swapped, or not the next)",
            promised,
            f"{seen:.1%}",
            fine,
            "A model can guess the more frequent label. Inspect rows with "
            "--show, and make the records again.",
        )
    )
    return comparisons


def _questions(
    share: float, settings: Mapping[str, Any], text: Mapping[str, int]
) -> comparison.Comparison:
    """Compares the share of rows of one sentence, which have no question."""
    what, most = "rows without a question", MOST_WITHOUT_QUESTION
    advice = "Is the text split into sentences, one per line?"
    documents, sentences = text.get("documents"), text.get("sentences")
    length = settings.get("max_seq_length")
    if documents and sentences and length:
        mean = text["tokens"] / sentences
        room = (length - examples.NUM_SPECIAL_TOKENS) / mean
        what = f"no question, {room:.1f} sentences a row"
        # From `most` if there is room for enough sentences, to all for one.
        missing = (_ENOUGH_SENTENCES - room) / (_ENOUGH_SENTENCES - 1)
        most = min(most + max(missing, 0) * (1 - most), _MOST_IN_ANY_ROWS)
        advice = _why_one_sentence(length, mean, sentences / documents)
    return comparison.judge(
        what,
        f"at most {most:.0%}",
        f"{share:.1%}",
        share <= most,
        f"Rows of one sentence have no second segment to exchange. {advice}",
    )


def _why_one_sentence(length: int, mean: float, per_document: float) -> str:
    if per_document < 2:
        return (
            f"The documents have {per_document:.1f} sentences on average. Use "
            "longer ones, separated by empty lines, or make the records with "
            "--sentence_task=none."
        )
    enough = math.ceil(_ENOUGH_SENTENCES * mean) + examples.NUM_SPECIAL_TOKENS
    if length < enough:
        return (
            f"Sentences have {mean:.0f} tokens on average, and rows of "
            f"{length} seldom hold two. Make the records with "
            f"--max_seq_length={enough} or more, or check that the text is "
            "split into sentences and the vocabulary fits it."
        )
    return (
        f"There is room for two, as they have {mean:.0f} tokens on average. "
        "Inspect rows with --show: do many documents have one sentence?"
    )
