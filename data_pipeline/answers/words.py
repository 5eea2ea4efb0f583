"""A text as words, for models that were trained on words.

White space separates words. Punctuation and symbols are words of their own,
but for those inside a word (3.5, U.S., don't, well-known), and so is each
character of scripts that are written without spaces.
"""

from typing import NamedTuple

import tensorflow as tf
import tensorflow_text as tf_text

# Written without spaces: each character is a word.
_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
)
_LETTER = rf"[^\s\p{{P}}\p{{S}}{_UNSPACED}]"
_WORD = (
    r"(?:\pL\.){2,}"  # U.S.
    rf"|{_LETTER}+(?:[-.,:/@'’_&]{_LETTER}+)*"
    r"|\.{2,}|-{2,}|``|''"
    rf"|[\p{{P}}\p{{S}}{_UNSPACED}]"
)


class Words(NamedTuple):
    """texts: string [B], UTF-8, what is none replaced by U+FFFD.
    words: string [B, None].
    starts, ends: int32 of words.flat_values, characters in the text."""

    texts: tf.Tensor
    words: tf.RaggedTensor
    starts: tf.Tensor
    ends: tf.Tensor


def split(texts: tf.Tensor) -> Words:
    """The words of string [B]."""
    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
    words, starts, ends = tf_text.regex_split_with_offsets(
        texts, rf"{_WORD}|\s+", keep_delim_regex_pattern=_WORD
    )
    return Words(
        texts,
        words,
        *(_characters(texts, words, places) for places in (starts, ends)),
    )


def given(words: tf.Tensor) -> Words:
    """Those of string [B, W], "" behind the last; the text is all of them with
    spaces between."""
    words = tf.strings.unicode_transcode(words, "UTF-8", "UTF-8")
    ragged = tf.RaggedTensor.from_tensor(words, padding="")
    length = tf.strings.length(ragged.flat_values, "UTF8_CHAR")
    behind = tf.cumsum(length + 1)  # in one text of all
    first = tf.concat([[0], behind], axis=0)
    start_of_text = tf.gather(first, ragged.row_splits)
    starts = first[:-1] - tf.gather(start_of_text, ragged.value_rowids())
    texts = tf.strings.reduce_join(ragged, axis=1, separator=" ")
    return Words(texts, ragged, starts, starts + length)


def _characters(texts, words, places) -> tf.Tensor:
    """Bytes to characters."""
    before = tf.strings.substr(
        tf.gather(texts, words.value_rowids()),
        tf.zeros_like(places.flat_values),
        places.flat_values,
    )
    return tf.strings.length(before, "UTF8_CHAR")
