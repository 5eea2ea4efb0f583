"""Normalization in a graph that keeps the origin of each character.

The counterpart of normalize.Normalizer.with_offsets: it gives the same text as
graph_normalize, and the same offsets. Letters: B texts, C characters of all
texts together, before or after the step in question.
"""

import functools
from typing import NamedTuple

import tensorflow as tf

from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import unicode_tables

_SPACE = ord(" ")


class Aligned(NamedTuple):
    """Texts and the origins of their characters.

    Attributes:
        codes: int32 [B, None], code points.
        starts, ends: int64 [C], for codes.flat_values: a character came from
            original[start:end], in code points.
        sizes: int64 [B], number of characters of the original texts.
    """

    codes: tf.RaggedTensor
    starts: tf.Tensor
    ends: tf.Tensor
    sizes: tf.Tensor

    @property
    def rows(self) -> tf.Tensor:
        """int64 [C]: the text of each character."""
        return graph_normalize.rows_of(self.codes.row_splits)


def decode(texts: tf.Tensor) -> Aligned:
    """Code points of string [B]; invalid UTF-8 becomes U+FFFD."""
    codes = tf.strings.unicode_decode(texts, "UTF-8")
    splits = codes.row_splits
    rows = graph_normalize.rows_of(splits)
    places = tf.range(splits[-1]) - tf.gather(splits, rows)
    return Aligned(codes, places, places + 1, codes.row_lengths())


def normalized(texts: tf.Tensor, normalizer: normalize.Normalizer) -> Aligned:
    """Normalizes string [B], as `normalizer.with_offsets` does."""
    aligned = _single_spaces(decode(texts))
    if normalizer.rewrite_quotes:
        aligned = join_quotes(aligned)
    aligned, begins = with_clusters(aligned)
    if normalizer.profile == "nfkc":
        aligned = _compose(aligned, begins)
    aligned = map_characters(
        aligned,
        unicode_tables.normalization_map(
            normalizer.profile == "albert", normalizer.lower_case
        ),
    )
    if normalizer.lower_case:
        aligned = lower_sigmas(aligned)
    return aligned


def map_characters(
    aligned: Aligned, table: unicode_tables.CodePointMap
) -> Aligned:
    codes, source = graph_normalize.map_with_source(aligned.codes, table)
    return take(aligned, codes, source)


def lower_sigmas(aligned: Aligned) -> Aligned:
    """Turns every capital sigma into ς or σ."""
    codes = graph_normalize.lower_sigmas(
        aligned.codes, unicode_tables.sigma_contexts()
    )
    return aligned._replace(codes=codes)


def with_clusters(aligned: Aligned) -> tuple[Aligned, tf.Tensor]:
    """Gives a character and the marks after it the span of all of them.

    Returns:
        The same codes, and bool [C], where such a cluster begins.
    """
    flat = aligned.codes.flat_values
    joins = graph_normalize.look_up(_joiners(), flat) > 0
    begins = ~joins | first_of_row(aligned)
    firsts = tf.where(begins)[:, 0]
    cluster = tf.cumsum(tf.cast(begins, tf.int64)) - 1  # [C]
    lasts = tf.concat([firsts[1:], tf.shape(flat, tf.int64)], axis=0) - 1
    starts = tf.gather(aligned.starts, tf.gather(firsts, cluster))
    ends = tf.gather(aligned.ends, tf.gather(lasts, cluster))
    return aligned._replace(starts=starts, ends=ends), begins


def next_and_count(is_kept: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Indexes of the kept characters of bool [C].

    Returns:
        where: int64 [kept + 1], their positions, followed by C.
        count: int64 [C + 1], how many of them are before each position, so
        that `where[count[i]]` is the first one at i or later.
    """
    size = tf.shape(is_kept, tf.int64)
    where = tf.concat([tf.where(is_kept)[:, 0], size], axis=0)
    count = tf.cumsum(tf.cast(is_kept, tf.int64))
    return where, tf.concat([[0], count], axis=0)


def _single_spaces(aligned: Aligned) -> Aligned:
    """Strips white space at both ends, and turns inner runs into one space."""
    flat = aligned.codes.flat_values
    is_space = graph_normalize.look_up(_spaces(), flat) > 0
    where, count = next_and_count(~is_space)
    following = tf.gather(where, count[:-1])  # [C]
    rows = aligned.rows
    # An extra row for the position after all texts.
    row_behind = tf.gather(tf.concat([rows, [-1]], axis=0), following)
    before = ~tf.concat([tf.ones_like(is_space[:1]), is_space[:-1]], axis=0)
    is_inner = before & ~first_of_row(aligned) & (row_behind == rows)
    kept = tf.where(~is_space | is_inner)[:, 0]
    starts_behind = tf.concat([aligned.starts, [0]], axis=0)
    ends = tf.where(is_space, tf.gather(starts_behind, following), aligned.ends)
    codes = tf.where(is_space, _SPACE, flat)
    aligned = aligned._replace(
        codes=aligned.codes.with_flat_values(codes), ends=ends
    )
    return keep(aligned, kept)


def join_quotes(aligned: Aligned) -> Aligned:
    """Replaces `` and '' with "."""
    flat = aligned.codes.flat_values
    is_quote = (flat == ord("`")) | (flat == ord("'"))
    same = tf.concat([tf.zeros_like(is_quote[:1]), flat[1:] == flat[:-1]], 0)
    begins = ~same | first_of_row(aligned)
    firsts = tf.concat([tf.where(begins)[:, 0], tf.shape(flat, tf.int64)], 0)
    run = tf.cumsum(tf.cast(begins, tf.int64)) - 1
    place = tf.range(tf.size(flat, tf.int64)) - tf.gather(firsts, run)
    left = tf.gather(firsts, run + 1) - tf.gather(firsts, run) - place
    is_first = is_quote & (place % 2 == 0) & (left > 1)
    is_second = is_quote & (place % 2 == 1)
    ends = tf.where(
        is_first, tf.concat([aligned.ends[1:], [0]], axis=0), aligned.ends
    )
    codes = tf.where(is_first, ord('"'), flat)
    aligned = aligned._replace(
        codes=aligned.codes.with_flat_values(codes), ends=ends
    )
    return keep(aligned, tf.where(~is_second)[:, 0])


def _compose(aligned: Aligned, begins: tf.Tensor) -> Aligned:
    codes, source = graph_normalize.compose_parts(
        aligned.codes, unicode_tables.unassigned(), begins
    )
    return take(aligned, codes, source)


def take(
    aligned: Aligned, codes: tf.RaggedTensor, source: tf.Tensor
) -> Aligned:
    """Replaces the codes; each new one comes from an old one, `source` [C']."""
    return aligned._replace(
        codes=codes,
        starts=tf.gather(aligned.starts, source),
        ends=tf.gather(aligned.ends, source),
    )


def keep(aligned: Aligned, places: tf.Tensor) -> Aligned:
    """Keeps the characters at these positions."""
    codes = tf.RaggedTensor.from_value_rowids(
        tf.gather(aligned.codes.flat_values, places),
        tf.gather(aligned.rows, places),
        nrows=aligned.codes.nrows(),
        validate=False,
    )
    return take(aligned, codes, places)


def first_of_row(aligned: Aligned) -> tf.Tensor:
    """bool [C]: whether a character is the first of its text."""
    rows = aligned.rows
    edge = tf.ones_like(rows[:1], tf.bool)
    return tf.concat([edge, rows[1:] != rows[:-1]], axis=0)


@functools.cache
def _joiners() -> unicode_tables.CodePointTable:
    return unicode_tables.property_table(normalize.joins_the_one_before)


@functools.cache
def _spaces() -> unicode_tables.CodePointTable:
    return unicode_tables.property_table(str.isspace)
