"""Whether a vocabulary can write the texts that a model is to learn."""

import collections
import re
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import splits
from data_pipeline.tasks.generation import target_features
from data_pipeline.text import tokenizers

# Texts that are looked at.
_MOST = 5000
# The share of <unk> among tokens from which a model cannot learn to write, and
# the one from which there is a warning.
_TOO_MANY, _MANY = 0.1, 0.002
# The share of texts that come back changed, from which there is a warning.
_CHANGED = 0.02
_SHOWN = 8


def check(split: splits.Split, tokenizer: tokenizers.Tokenizer) -> None:
    """Logs how much of the texts to write the vocabulary can write.

    Raises:
        ValueError: at least a tenth of their tokens are <unk>.
    """
    texts = [
        text
        for example in target_features.examples_of(split)
        for text in example.references or ()
    ]
    texts = texts[:: -(-len(texts) // _MOST)]
    encoded = tokenizer.encode_batch(texts)
    count = sum(map(len, encoded))
    unknown = sum(ids.count(tokenizer.unk_id) for ids in encoded)
    share = unknown / max(count, 1)
    said = (
        f"{share:.2%} of the tokens of {len(texts):,} texts to write are <unk>"
    )
    if unknown:
        said += f" ({_unknown_characters(texts, encoded, tokenizer)})"
    if share >= _TOO_MANY:
        raise ValueError(
            "The vocabulary must be able to write the texts that the model is "
            f"to learn. Received: {split.path}, where {said}. Train a "
            "vocabulary on texts of both sides with albert-tf vocab "
            "--input_file=BOTH.txt --normalization=nfkc, and name it with "
            "--spm_model_file."
        )
    log = logging.warning if share >= _MANY else logging.info
    log("%s: %s.", split.path, said)
    _log_changes(split.path, texts, encoded, tokenizer)


def _unknown_characters(
    texts: Sequence[str],
    encoded: Sequence[list[int]],
    tokenizer: tokenizers.Tokenizer,
) -> str:
    """The characters that are most often part of <unk>."""
    counts: collections.Counter[str] = collections.Counter()
    for text, ids in zip(texts, encoded, strict=True):
        if tokenizer.unk_id not in ids:
            continue
        found, offsets = tokenizer.encode_with_offsets(text)
        for token, (start, end) in zip(found, offsets, strict=True):
            if token == tokenizer.unk_id:
                counts.update(text[start:end].replace(" ", ""))
    common = " ".join(mark for mark, _ in counts.most_common(_SHOWN))
    return f"characters: {common}"


def _log_changes(
    path: str,
    texts: Sequence[str],
    encoded: Sequence[list[int]],
    tokenizer: tokenizers.Tokenizer,
) -> None:
    """Logs how many texts the vocabulary writes as they are but for spaces,
    <unk> left out."""
    known = [
        (text, tokenizer.decode(ids))
        for text, ids in zip(texts, encoded, strict=True)
        if tokenizer.unk_id not in ids
    ]
    changed = [
        pair
        for pair in known
        if _without_spaces(pair[0]) != _without_spaces(pair[1])
    ]
    share = len(changed) / max(len(known), 1)
    if not changed:
        return
    before, after = min(changed, key=lambda pair: len(pair[0]))
    log = logging.warning if share >= _CHANGED else logging.info
    log(
        "%s: %s of the texts to write are changed by the vocabulary, such as "
        "%r to %r. The model can only learn to write the latter; a vocabulary "
        "of albert-tf vocab --normalization=nfkc --nodo_lower_case keeps case "
        "and accents.",
        path,
        f"{share:.1%}",
        before[:80],
        after[:80],
    )


def _without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)
