"""unigram.Normalizer as TensorFlow operations, with offsets."""

import dataclasses
import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from data_pipeline.text.graph import alignment as graph_alignment
from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.pieces import charsmap
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import tokenizer_json
from data_pipeline.text.pieces import unicode_tables
from data_pipeline.text.pieces import unigram

_SPACE = ord(" ")
_UNDERLINE = ord(sentencepieces.UNDERLINE)
_KEY = 1 << 21  # above all code points


class GraphNormalizer:
    """unigram.Normalizer in a graph, equal to it on every text."""

    def __init__(self, normalizer: unigram.Normalizer) -> None:
        # Tables are built here, since a graph function would trace their
        # construction.
        self._steps = normalizer.steps
        marks = normalizer.marks()
        self._marks = [pair for pair in marks if len(pair[0]) > 1]
        single = {token: mark for token, mark in marks if len(token) == 1}
        self._single_marks = unicode_tables.character_map(
            lambda char: single.get(char, char)
        )
        self._clusters = None
        if normalizer.looks_at_clusters:
            self._clusters = _cluster_tables(normalizer)
        self._vanishing = None
        if not normalizer.steps.prefix_all:
            self._vanishing = unicode_tables.property_table(normalizer.vanishes)
        # One table for all normalizers that change characters alike.
        steps = dataclasses.replace(
            normalizer.steps,
            quotes=False,
            splits_words=True,
            collapses=True,
            prefix_all=True,
        )
        self._characters = _character_map(unigram.Normalizer(steps))

    def __call__(self, texts: tf.Tensor) -> tf.Tensor:
        """string [B] -> string [B]."""
        return tf.strings.unicode_encode(self.aligned(texts).codes, "UTF-8")

    def aligned(self, texts: tf.Tensor) -> graph_alignment.Aligned:
        """Normalizes string [B], as `normalizer.with_offsets` does."""
        aligned = graph_alignment.decode(texts)
        bare = tf.zeros_like(aligned.sizes, tf.bool)
        if self._vanishing is not None:
            bare = self._bare(aligned.codes)
        flat = aligned.codes.flat_values
        flat = tf.where(_is_mark(flat), unigram.STRANGER, flat)
        aligned = _with_codes(aligned, flat)
        for token, mark in self._marks:
            aligned = _mark(aligned, token, ord(mark))
        aligned = graph_alignment.map_characters(aligned, self._single_marks)
        if self._steps.quotes:
            aligned = graph_alignment.join_quotes(aligned)
        if self._clusters is not None:
            aligned = _compose(aligned, self._clusters)
        aligned, _ = graph_alignment.with_clusters(aligned)
        aligned = graph_alignment.map_characters(aligned, self._characters)
        if self._steps.collapses and not self._steps.splits_words:
            is_space = aligned.codes.flat_values == _SPACE
            again = (
                is_space
                & ~graph_alignment.first_of_row(aligned)
                & _shifted_back(is_space)
            )
            aligned = graph_alignment.keep(aligned, tf.where(~again)[:, 0])
        return _underlined(aligned, self._steps, bare)

    def _bare(self, codes: tf.RaggedTensor) -> tf.Tensor:
        """bool [B]: the same as normalizer.is_bare."""
        first = codes.row_starts()
        flat = tf.concat([codes.flat_values, [0, 0]], axis=0)
        first, second = tf.gather(flat, first), tf.gather(flat, first + 1)
        assert self._vanishing is not None
        bare = graph_normalize.look_up(self._vanishing, first) > 0
        if self._steps.quotes:
            lengths = codes.row_lengths()
            is_quote = (first == ord("`")) | (first == ord("'"))
            bare |= is_quote & (first == second) & (lengths > 1)
        return bare & (codes.row_lengths() > 0)


class _ClusterTables(NamedTuple):
    """Tables for charsmap.Charsmap.cluster.

    Attributes:
        joiners: characters that belong to the cluster of the one before.
        listed: characters that the character map lists alone.
        pairs: int64 [N], keys of two characters that it lists together.
        composed: int32 [N], their replacements.
    """

    joiners: unicode_tables.CodePointTable
    listed: unicode_tables.CodePointTable
    pairs: np.ndarray
    composed: np.ndarray


def _mark(
    aligned: graph_alignment.Aligned, token: str, mark: int
) -> graph_alignment.Aligned:
    """Replaces every `token` with the mark; none may overlap another."""
    flat, rows = aligned.codes.flat_values, aligned.rows
    size = len(token)
    behind = size - 1
    is_first = _shifted(rows, behind, -1) == rows
    for place, char in enumerate(token):
        is_first &= _shifted(flat, place, -1) == ord(char)
    is_inner = tf.zeros_like(is_first)
    for place in range(1, size):
        before = tf.zeros_like(is_first[:place])
        is_inner |= tf.concat([before, is_first], axis=0)[: tf.size(is_first)]
    ends = tf.where(is_first, _shifted(aligned.ends, behind, 0), aligned.ends)
    aligned = _with_codes(aligned, tf.where(is_first, mark, flat))
    return graph_alignment.keep(
        aligned._replace(ends=ends), tf.where(~is_inner)[:, 0]
    )


def _compose(
    aligned: graph_alignment.Aligned, tables: _ClusterTables
) -> graph_alignment.Aligned:
    """Applies charsmap.Charsmap.cluster to every cluster of characters."""
    flat = aligned.codes.flat_values
    joins = graph_normalize.look_up(tables.joiners, flat) > 0
    is_control = (flat < 0x20) | ((flat >= 0x7F) & (flat < 0xA0))
    before = tf.concat([tf.ones_like(is_control[:1]), is_control[:-1]], axis=0)
    begins = ~joins | before | graph_alignment.first_of_row(aligned)
    firsts = tf.where(begins)[:, 0]  # [K], K clusters
    cluster = tf.cumsum(tf.cast(begins, tf.int64)) - 1  # [C]
    count = tf.size(firsts)
    lengths = tf.math.unsorted_segment_sum(
        graph_normalize.byte_lengths(flat), cluster, count
    )
    size = tf.shape(flat, tf.int64)
    behind = tf.concat([firsts[1:], size], axis=0)
    first = tf.gather(flat, firsts)
    second = tf.gather(_shifted(flat, 1, 0), firsts)
    # A cluster becomes the replacement of its first character, if that is
    # listed; otherwise, the first two characters may be listed together.
    is_listed = graph_normalize.look_up(tables.listed, first) > 0
    key = tf.cast(first, tf.int64) * _KEY + tf.cast(second, tf.int64)
    place = tf.searchsorted(tables.pairs, key)
    place = tf.minimum(place, len(tables.pairs) - 1)
    is_pair = tf.gather(tables.pairs, place) == key
    changes = (behind - firsts > 1) & (lengths <= charsmap.MAX_BYTES)
    changes &= is_listed | is_pair
    new = tf.where(is_listed, first, tf.gather(tables.composed, place))
    changed = tf.gather(changes, cluster)
    ends = tf.gather(aligned.ends, tf.gather(behind, cluster) - 1)
    codes = tf.where(changed & begins, tf.gather(new, cluster), flat)
    aligned = _with_codes(aligned, codes)._replace(
        ends=tf.where(changed, ends, aligned.ends)
    )
    return graph_alignment.keep(aligned, tf.where(begins | ~changed)[:, 0])


def _underlined(
    aligned: graph_alignment.Aligned,
    steps: tokenizer_json.Steps,
    bare: tf.Tensor,
) -> graph_alignment.Aligned:
    """Puts "▁" before every word, and removes spaces."""
    flat = aligned.codes.flat_values
    if not steps.splits_words:
        flat = tf.where(flat == _SPACE, _UNDERLINE, flat)
    is_space = flat == _SPACE
    is_mark = _is_mark(flat)
    before = is_space | is_mark if steps.prefix_all else is_space
    first = graph_alignment.first_of_row(aligned)
    first_gets_one = first & ~tf.gather(bare, aligned.rows)
    begins = first_gets_one | (~first & _shifted_back(before))
    begins &= ~(is_space | is_mark | (flat == _UNDERLINE))
    lengths = tf.where(is_space, 0, 1) + tf.cast(begins, tf.int32)
    splits = tf.concat([[0], tf.cumsum(tf.cast(lengths, tf.int64))], axis=0)
    source = graph_normalize.rows_of(splits)
    is_first = tf.range(splits[-1]) == tf.gather(splits, source)
    codes = tf.where(
        is_first & tf.gather(begins, source),
        _UNDERLINE,
        tf.gather(flat, source),
    )
    codes = tf.RaggedTensor.from_row_splits(
        codes, tf.gather(splits, aligned.codes.row_splits), validate=False
    )
    return graph_alignment.take(aligned, codes, source)


def _is_mark(flat: tf.Tensor) -> tf.Tensor:
    return (flat >= unigram.FIRST_MARK) & (flat < unigram.STRANGER)


def _with_codes(
    aligned: graph_alignment.Aligned, flat: tf.Tensor
) -> graph_alignment.Aligned:
    return aligned._replace(codes=aligned.codes.with_flat_values(flat))


def _shifted(values: tf.Tensor, places: int, end: int) -> tf.Tensor:
    """The value that many places after each; `end` beyond the last."""
    values = tf.concat(
        [values, tf.fill([places], tf.cast(end, values.dtype))], 0
    )
    return values[places:]


def _shifted_back(values: tf.Tensor) -> tf.Tensor:
    """bool [C]: the value before each; False at the first."""
    return tf.concat([tf.zeros_like(values[:1]), values[:-1]], axis=0)


@functools.cache
def _character_map(
    normalizer: unigram.Normalizer,
) -> unicode_tables.CodePointMap:
    return unicode_tables.character_map(normalizer.character)


@functools.cache
def _cluster_tables(normalizer: unigram.Normalizer) -> _ClusterTables:
    table = normalizer.table
    found = {0: 0}
    for first, second in normalize.canonical_pairs():
        new = table.cluster(first + second)
        if len(new) == 1:
            found[ord(first) * _KEY + ord(second)] = ord(new)
    pairs = np.array(sorted(found), np.int64)
    return _ClusterTables(
        joiners=unicode_tables.property_table(charsmap.joins),
        listed=unicode_tables.property_table(table.lists),
        pairs=pairs,
        composed=np.array([found[key] for key in pairs.tolist()], np.int32),
    )
