"""Splits texts into words, for models that were trained on words.

White space separates chunks. A chunk with a character of a script that is
written without spaces is cut into its characters, including Latin letters and
digits, as Chinese corpora are. In other chunks, punctuation and symbols are
words of their own, except inside a word (3.5, U.S., don't, well-known).
"""

from typing import NamedTuple

import tensorflow as tf
import tensorflow_text as tf_text

# Scripts without spaces: each character with its marks is a word.
_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
)
_CHARACTER = r"[^\s\p{Z}]\p{M}*"
_CHUNK = r"[^\s\p{Z}]+"
_SPACE = r"[\s\p{Z}]+"
_LETTER = r"[^\s\p{Z}\p{P}\p{S}]"
_WORD = (
    r"(?:\pL\.){2,}"  # U.S.
    rf"|{_LETTER}+(?:[-.,:/@'’_&]{_LETTER}+)*"
    r"|\.{2,}|-{2,}|``|''"
    r"|[\p{P}\p{S}]"
)


class Words(NamedTuple):
    """Words of texts.

    Attributes:
        texts: string [B], with U+FFFD for invalid UTF-8.
        words: string [B, None].
        starts, ends: int32, for words.flat_values, in characters of the text.
    """

    texts: tf.Tensor
    words: tf.RaggedTensor
    starts: tf.Tensor
    ends: tf.Tensor


def split(texts: tf.Tensor) -> Words:
    """The words of string [B]."""
    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
    chunks, chunk_starts, _ = _cut(texts, _CHUNK, _SPACE)
    flat = chunks.flat_values
    # Cut every chunk both ways, and then choose one way for each.
    by_character = _cut(flat, _CHARACTER, _SPACE)
    by_word = _cut(flat, _WORD, _SPACE)
    unspaced = tf.strings.regex_full_match(flat, f"(?s).*[{_UNSPACED}].*")
    count = tf.size(flat)
    taken = tf.range(count) + tf.where(unspaced, 0, count)
    words, starts, ends = (
        tf.gather(tf.concat([a, b], axis=0), taken)
        for a, b in zip(by_character, by_word, strict=True)
    )
    first = tf.gather(chunk_starts.flat_values, words.value_rowids())
    words = chunks.with_flat_values(words).merge_dims(1, 2)
    return Words(
        texts,
        words,
        *(
            _characters(texts, words, first + places.flat_values)
            for places in (starts, ends)
        ),
    )


def _cut(
    texts: tf.Tensor, kept: str, other: str
) -> tuple[tf.RaggedTensor, tf.RaggedTensor, tf.RaggedTensor]:
    """Matches of a pattern, their starts and ends in bytes, all [B, None]."""
    return tf_text.regex_split_with_offsets(
        texts, f"{kept}|{other}", keep_delim_regex_pattern=kept
    )


def given(words: tf.Tensor) -> Words:
    """Words that are given as string [B, W], padded with ""; the texts join
    them with spaces."""
    words = tf.strings.unicode_transcode(words, "UTF-8", "UTF-8")
    ragged = tf.RaggedTensor.from_tensor(words, padding="")
    length = tf.strings.length(ragged.flat_values, "UTF8_CHAR")
    after = tf.cumsum(length + 1)  # in the concatenation of all texts
    first = tf.concat([[0], after], axis=0)
    start_of_text = tf.gather(first, ragged.row_splits)
    starts = first[:-1] - tf.gather(start_of_text, ragged.value_rowids())
    texts = tf.strings.reduce_join(ragged, axis=1, separator=" ")
    return Words(texts, ragged, starts, starts + length)


def _characters(
    texts: tf.Tensor, words: tf.RaggedTensor, places: tf.Tensor
) -> tf.Tensor:
    """Converts positions in bytes to positions in characters."""
    before = tf.strings.substr(
        tf.gather(texts, words.value_rowids()), tf.zeros_like(places), places
    )
    return tf.strings.length(before, "UTF8_CHAR")
