"""Normalization as TensorFlow operations, equal to normalize.Normalizer.

Texts are decoded to code points, changed by table look-ups and encoded again.
Letters: B texts, C characters of all texts together, before or after a step.
"""

import tensorflow as tf
import tensorflow_text as tf_text

from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import unicode_tables

# The white space of str.split: the 29 code points with str.isspace.
_SPACE_RUN = (
    r"[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}"
    r"\x{202f}\x{205f}\x{3000}]+"
)


class GraphNormalizer:
    """string [B] -> string [B], equal to `normalizer` on every text.

    Bytes that are not UTF-8 become U+FFFD, one for each maximal broken part.

    Profile nfkc uses TensorFlow's ICU, and is equal as long as ICU's Unicode
    version is not older than Python's (ICU 77 has 16, Python 3.11 has 14,
    Python 3.14 has 16): characters that only ICU knows are not passed to it.
    The other profiles do not depend on ICU.
    """

    def __init__(self, normalizer: normalize.Normalizer) -> None:
        self._normalizer = normalizer
        self._characters = unicode_tables.normalization_map(
            normalizer.profile == "albert", normalizer.lower_case
        )
        if normalizer.profile == "nfkc":
            self._unassigned = unicode_tables.unassigned()
        if normalizer.lower_case:
            self._sigma_contexts = unicode_tables.sigma_contexts()

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        texts = tf.strings.regex_replace(texts, _SPACE_RUN, " ")
        texts = tf.strings.strip(texts)
        if self._normalizer.rewrite_quotes:
            texts = tf.strings.regex_replace(texts, "``|''", '"')
        codes = tf.strings.unicode_decode(texts, "UTF-8")  # [B, None]
        if self._normalizer.profile == "nfkc":
            codes = _compose(codes, self._unassigned)
        codes = map_characters(codes, self._characters)
        if self._normalizer.lower_case:
            codes = lower_sigmas(codes, self._sigma_contexts)
        return tf.strings.unicode_encode(codes, "UTF-8")


def map_characters(
    codes: tf.RaggedTensor, table: unicode_tables.CodePointMap
) -> tf.RaggedTensor:
    """Replaces code points, int32 [B, None], by a table."""
    return map_with_source(codes, table)[0]


def map_with_source(
    codes: tf.RaggedTensor, table: unicode_tables.CodePointMap
) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Like `map_characters`; also gives int64 [C'], each character's source."""
    flat = codes.flat_values  # [C]
    entry = look_up(table.entries, flat)
    lengths = tf.cast(tf.gather(table.lengths, entry), tf.int64)
    splits = tf.concat([[0], tf.cumsum(lengths)], axis=0)  # [C + 1]
    source = rows_of(splits)  # [C'], C' characters after the step
    # Where `deltas` holds the value for each new character: the start of the
    # entry, plus the number of characters of the same source before it.
    start = tf.cast(tf.gather(table.starts, entry), tf.int64) - splits[:-1]
    at = tf.gather(start, source) + tf.range(splits[-1])
    new = tf.gather(flat, source) + tf.gather(table.deltas, at)
    splits = tf.gather(splits, codes.row_splits)
    new = tf.RaggedTensor.from_row_splits(new, splits, validate=False)
    return new, source


def lower_sigmas(
    codes: tf.RaggedTensor, contexts: unicode_tables.CodePointTable
) -> tf.RaggedTensor:
    """Turns every capital sigma of int32 [B, None] into ς or σ."""
    flat = codes.flat_values
    is_sigma = flat == ord(unicode_tables.CAPITAL_SIGMA)

    def replace() -> tf.Tensor:
        is_final = _ends_word(codes, contexts)
        small = tf.where(is_final, ord(unicode_tables.FINAL_SIGMA), ord("σ"))
        return tf.where(is_sigma, small, flat)

    flat = tf.cond(tf.reduce_any(is_sigma), replace, lambda: flat)
    return codes.with_flat_values(flat)


def _ends_word(
    codes: tf.RaggedTensor, contexts: unicode_tables.CodePointTable
) -> tf.Tensor:
    """bool [C]: whether a CASED character precedes and none follows, with
    IGNORED ones skipped."""
    context = look_up(contexts, codes.flat_values)
    kept = tf.where(context != unicode_tables.IGNORED)[:, 0]
    cased = tf.gather(context, kept) == unicode_tables.CASED
    text = tf.gather(rows_of(codes.row_splits), kept)
    neighbors = text[1:] == text[:-1]
    edge = tf.zeros([tf.minimum(tf.size(kept), 1)], tf.bool)
    before = tf.concat([edge, cased[:-1] & neighbors], axis=0)
    behind = tf.concat([cased[1:] & neighbors, edge], axis=0)
    at = tf.boolean_mask(kept, before & ~behind)[:, tf.newaxis]
    size = tf.shape(codes.flat_values, tf.int64)
    return tf.scatter_nd(at, tf.ones_like(at[:, 0]), size) > 0


def _compose(
    codes: tf.RaggedTensor, unassigned: unicode_tables.CodePointTable
) -> tf.RaggedTensor:
    """NFKC that leaves characters unknown to Python unchanged."""
    flat = codes.flat_values
    text = rows_of(codes.row_splits)  # [C]
    edge = tf.ones([tf.minimum(tf.size(flat), 1)], tf.bool)
    begins = tf.concat([edge, text[1:] != text[:-1]], axis=0)
    return compose_parts(codes, unassigned, begins)[0]


def compose_parts(
    codes: tf.RaggedTensor,
    unassigned: unicode_tables.CodePointTable,
    begins: tf.Tensor,
) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """NFKC of each part of the texts by itself.

    A character that Python does not know stays as it is and joins no other. So
    it becomes a part of its own, which is not passed to ICU, and the texts are
    joined again from their parts.

    Args:
        codes: int32 [B, None], the texts.
        unassigned: the characters that Python does not know.
        begins: bool [C], where a part begins; each text has at least one.
    Returns:
        The texts, and int64 [C'], the first character of the part that each
        new character comes from.
    """
    flat = codes.flat_values
    text = rows_of(codes.row_splits)
    alone = look_up(unassigned, flat) > 0
    edge = tf.zeros([tf.minimum(tf.size(flat), 1)], tf.bool)
    begins |= alone | tf.concat([edge, alone[:-1]], axis=0)
    starts = tf.where(begins)[:, 0]  # [P], P parts
    parts = tf.RaggedTensor.from_row_starts(flat, starts, validate=False)
    strings = tf.strings.unicode_encode(parts, "UTF-8")
    composed = tf_text.normalize_utf8(strings, "NFKC")
    strings = tf.where(tf.gather(alone, starts), strings, composed)
    parts = tf.strings.unicode_decode(strings, "UTF-8")  # [P, None]
    source = tf.gather(starts, rows_of(parts.row_splits))
    composed = tf.RaggedTensor.from_value_rowids(
        parts.flat_values,
        tf.gather(text, source),
        nrows=codes.nrows(),
        validate=False,
    )
    return composed, source


def rows_of(splits: tf.Tensor) -> tf.Tensor:
    """int64 [N]: the row of each of N values, from the row splits.

    tf.repeat and RaggedTensor.value_rowids give the same, but pad all rows to
    the longest: they take 24 s for a million parts of 17 MB of text, and memory
    for rows x longest row.
    """
    ends = splits[1:-1, tf.newaxis]
    size = tf.reshape(splits[-1] + 1, [1])
    steps = tf.scatter_nd(ends, tf.ones_like(ends[:, 0]), size)
    return tf.cumsum(steps[:-1])


def byte_lengths(codes: tf.Tensor) -> tf.Tensor:
    """int32: the number of bytes of each code point in UTF-8."""
    sizes = tf.ones_like(codes)
    for more in (0x80, 0x800, 0x10000):
        sizes += tf.cast(codes >= more, tf.int32)
    return sizes


def look_up(
    table: unicode_tables.CodePointTable, codes: tf.Tensor
) -> tf.Tensor:
    """The value of each code point in a table."""
    row = tf.gather(table.blocks, codes // unicode_tables.BLOCK)
    at = row * unicode_tables.BLOCK + codes % unicode_tables.BLOCK
    return tf.gather(table.rows.reshape(-1), at)
