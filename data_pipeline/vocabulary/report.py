"""How well a vocabulary fits a text that it was not trained on."""

import collections
import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from data_pipeline.text import tokenizers
from data_pipeline.vocabulary import lost_characters

# Above this share of <unk>, a model misses essential words.
MOST_UNKNOWN = 0.01
# Above this share of changed characters, another normalization is suggested.
MOST_CHANGED = 0.01

# Keys of `measure`, and the titles and formats of their rows in the table.
_ROWS = (
    ("character_coverage", "characters known", "{:.4%}"),
    ("changed_by_normalization", "characters changed, beyond case", "{:.2%}"),
    ("unknown_pieces", "<unk> among pieces", "{:.4%}"),
    ("pieces_per_word", "pieces per word", "{:.3f}"),
    ("characters_per_piece", "characters per piece", "{:.2f}"),
    ("whole_words", "words that are one piece", "{:.1%}"),
)


def measure(
    tokenizer: tokenizers.Tokenizer, texts: Sequence[str]
) -> dict[str, Any]:
    """Measures a vocabulary on texts; about 3 s for a million characters.

    Words are separated by white space, so pieces per word means little in a
    script without spaces.

    Args:
        tokenizer: the vocabulary with its settings.
        texts: texts that were not seen in training, not normalized.
    Returns:
        A dict:
        words, pieces: how many;
        character_coverage, changed_by_normalization: shares of the characters
        other than white space;
        unknown_pieces: share of the pieces;
        pieces_per_word, characters_per_piece;
        whole_words: share of the words that are one piece;
        unknown_characters, changed_characters: the commonest, at most 20;
        changed_by_nfkc: changed_by_normalization under the profile nfkc, which
        strips no marks.
    """
    lost = lost_characters.measure(tokenizer, texts)
    changed = lost_characters.changed_characters(
        tokenizer.settings.normalizer(), texts
    )
    nfkc = dataclasses.replace(tokenizer.settings.normalizer(), profile="nfkc")
    changed_by_nfkc = lost_characters.changed_characters(nfkc, texts).total()
    words = collections.Counter(word for text in texts for word in text.split())
    pieces = unknown = whole = 0
    strangers: collections.Counter[str] = collections.Counter()
    for word, ids in zip(words, tokenizer.encode_batch(words), strict=True):
        count = words[word]
        pieces += count * len(ids)
        whole += count * (len(ids) == 1 and ids[0] != tokenizer.unk_id)
        if tokenizer.unk_id in ids:
            unknown += count * ids.count(tokenizer.unk_id)
            strangers.update(_unknown_characters(tokenizer, word) * count)
    return {
        "words": words.total(),
        "pieces": pieces,
        "character_coverage": 1 - lost.unknown,
        "changed_by_normalization": lost.changed,
        "unknown_pieces": unknown / max(pieces, 1),
        "pieces_per_word": pieces / max(words.total(), 1),
        "characters_per_piece": lost.characters / max(pieces, 1),
        "whole_words": whole / max(words.total(), 1),
        "unknown_characters": _commonest(strangers),
        "changed_characters": _commonest(changed),
        "changed_by_nfkc": changed_by_nfkc / max(lost.characters, 1),
    }


def table(fit: Mapping[str, Any]) -> str:
    """The result of `measure` as lines of text."""
    lines = [
        f"{title:<33}{form.format(fit[key]):>10}" for key, title, form in _ROWS
    ]
    lines.append(f"over {fit['words']:,} words, {fit['pieces']:,} pieces")
    return "\n".join(lines)


def warnings(fit: Mapping[str, Any]) -> list[str]:
    """Advice if too many pieces are <unk> or too many characters change."""
    found = []
    if fit["unknown_pieces"] > MOST_UNKNOWN:
        found.append(
            f"At most {MOST_UNKNOWN:.0%} of the pieces should be <unk>. "
            f"Received: {fit['unknown_pieces']:.1%}; the commonest characters "
            f"that the vocabulary lacks are {fit['unknown_characters']!r}. "
            "Train on text that has them (more text, or text of the same kind "
            "as the held-out text), or with a normalization that replaces "
            "them."
        )
    changed, by_nfkc = fit["changed_by_normalization"], fit["changed_by_nfkc"]
    if changed - by_nfkc > MOST_CHANGED:
        found.append(
            f"At most {MOST_CHANGED:.0%} of the characters should lose an "
            "accent, a vowel sign or another mark. Received: "
            f"{changed:.1%} that normalization changes, most often "
            f"{fit['changed_characters']!r}; --normalization=nfkc, which "
            f"strips no marks, would change {by_nfkc:.1%}. Train again with "
            "it if the language needs marks: the setting is saved with the "
            "vocabulary, and cannot be changed later."
        )
    return found


def _commonest(characters: collections.Counter[str]) -> str:
    return "".join(char for char, _ in characters.most_common(20))


def _unknown_characters(
    tokenizer: tokenizers.Tokenizer, word: str
) -> list[str]:
    ids, offsets = tokenizer.encode_with_offsets(word)
    return [
        char
        for piece_id, (start, end) in zip(ids, offsets, strict=True)
        if piece_id == tokenizer.unk_id
        for char in word[start:end]
    ]
