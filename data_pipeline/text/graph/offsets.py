"""Ids with character offsets as TensorFlow operations.

    ids, spans = GraphOffsets(tokenizer)(texts)

gives the same as `tokenizer.encode_with_offsets` for each text. It is slower
than GraphTokenizer, which keeps no offsets.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import alignment as graph_alignment
from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.graph import sentencepiece
from data_pipeline.text.graph import unigram as graph_unigram
from data_pipeline.text.graph import wordpiece as graph_wordpiece
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import unicode_tables
from data_pipeline.text.pieces import unigram
from data_pipeline.text.pieces import wordpiece


class Pieces(NamedTuple):
    """Pieces of texts.

    Attributes:
        ids: int32 [B, None].
        spans: int32 [P, 2], for ids.flat_values: start and end in the original
            text, in characters.
    """

    ids: tf.RaggedTensor
    spans: tf.Tensor


class GraphOffsets(tf.Module):
    """string [B] -> Pieces, equal to `tokenizer.encode_with_offsets`.

    Bytes that are not UTF-8 count as characters U+FFFD, as in GraphTokenizer.
    If SentencePiece itself turns one character into several ("ﬁ", with
    normalization="none") and a piece ends among them, its span may end before
    that character instead of after it.

    Args:
        tokenizer: a tokenizer that GraphTokenizer supports, too.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__(name="graph_offsets")
        if isinstance(tokenizer.model, wordpiece.WordPieceModel):
            self._encode = _WordPieceOffsets(tokenizer)
        else:
            self._encode = _SentencePieceOffsets(tokenizer)

    def __call__(self, texts: tf.Tensor) -> Pieces:
        with tf.device("CPU"):
            return self._encode(texts)


class _SentencePieceOffsets(tf.Module):
    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__()
        model = tokenizer.model
        assert isinstance(model, sentencepieces.SentencePieceModel), model
        if isinstance(model.normalizer, unigram.Normalizer):
            self._aligned = graph_unigram.GraphNormalizer(
                model.normalizer
            ).aligned
        else:
            assert isinstance(model.normalizer, normalize.Normalizer)
            self._aligned = functools.partial(
                graph_alignment.normalized, normalizer=model.normalizer
            )
        self._processor = sentencepiece.tokenizer(model.model)
        size = model.size
        # Most pieces stand for themselves, but those of the digit-comma rule
        # for several pieces: i for parts[part_splits[i]:part_splits[i + 1]].
        parts = [model.expansions.get(i, [i]) for i in range(size)]
        self._part_splits = np.cumsum([0, *map(len, parts)])
        self._parts = np.concatenate(parts).astype(np.int32)
        self._expands = np.array([model.is_split(i) for i in range(size)])
        self._lengths = np.array(  # characters other than "▁"
            [model.visible_length(i) for i in range(size)], np.int64
        )
        dropped, spaces = model.unseen()
        self._invisible = unicode_tables.property_table(
            (dropped | spaces).__contains__
        )
        self._dropped = unicode_tables.property_table(dropped.__contains__)
        self._is_byte = np.array([model.is_byte(i) for i in range(size)])

    def __call__(self, texts: tf.Tensor) -> Pieces:
        aligned = self._aligned(texts)
        codes = aligned.codes
        found = self._processor.tokenize_with_offsets(
            tf.strings.unicode_encode(codes, "UTF-8")
        )
        ids, begins, limits = found  # [B, None], bytes of the normalized text
        rows = graph_normalize.rows_of(ids.row_splits)
        places = _character_of_byte(codes)
        begin = places(rows, begins.flat_values)  # [P], in all of the codes
        limit = places(rows, limits.flat_values)

        # From pieces to parts.
        piece, at = _ranges(self._part_splits, ids.flat_values)
        new = tf.gather(self._parts, at)
        lengths = tf.gather(self._lengths, new)  # [P']
        row = tf.gather(rows, piece)

        # A space is part of a piece but not of its span.
        visible, count = graph_alignment.next_and_count(
            graph_normalize.look_up(self._invisible, codes.flat_values) == 0
        )
        # The parts of a piece follow one another.
        rank = tf.gather(count, tf.gather(begin, piece))
        before = tf.cumsum(lengths, exclusive=True)
        first_part = tf.cumsum(
            tf.math.unsorted_segment_sum(
                tf.ones_like(piece), piece, tf.shape(begin)[0]
            ),
            exclusive=True,
        )
        rank += tf.where(
            tf.gather(self._expands, tf.gather(ids.flat_values, piece)),
            before - tf.gather(before, tf.gather(first_part, piece)),
            tf.zeros_like(before),
        )
        rank = tf.minimum(rank, tf.size(visible, tf.int64) - 1)
        first = tf.gather(visible, rank)
        # The last visible character follows from the length if a piece is
        # split. Otherwise it is the last one before SentencePiece's limit, but
        # at least the first: "½" becomes three characters, each of which may be
        # a piece.
        last_rank = tf.where(
            tf.gather(self._expands, tf.gather(ids.flat_values, piece)),
            rank + lengths - 1,
            tf.maximum(tf.gather(count, tf.gather(limit, piece)) - 1, rank),
        )
        last_rank = tf.minimum(last_rank, tf.size(visible, tf.int64) - 1)
        last = tf.gather(visible, tf.maximum(last_rank, rank))
        # Dropped characters belong to the character before them.
        kept, kept_before = graph_alignment.next_and_count(
            graph_normalize.look_up(self._dropped, codes.flat_values) == 0
        )
        behind = tf.gather(
            kept,
            tf.gather(tf.concat([kept_before, kept_before[-1:]], 0), last + 1),
        )
        last = tf.minimum(behind, tf.gather(codes.row_splits, row + 1)) - 1

        # The position after the last character of a text is its end.
        starts = tf.concat([aligned.starts, [0]], axis=0)
        ends = tf.concat([aligned.ends, [0]], axis=0)
        exists = first < tf.gather(codes.row_splits, row + 1)
        start = tf.where(
            exists, tf.gather(starts, first), tf.gather(aligned.sizes, row)
        )
        is_byte = tf.gather(self._is_byte, new)
        later = is_byte & (lengths == 0)
        end = tf.where(
            exists & ((lengths > 0) | later), tf.gather(ends, last), start
        )
        # All bytes of a character begin where its first one does, and end where
        # its last one does: SentencePiece gives the limit to that one alone.
        group = tf.cumsum(tf.cast(~later, tf.int64)) - 1
        next_later = tf.concat([later[1:], tf.zeros_like(later[:1])], axis=0)
        spans = tf.stack(
            [
                tf.gather(tf.boolean_mask(start, ~later), group),
                tf.gather(tf.boolean_mask(end, ~next_later), group),
            ],
            axis=1,
        )
        splits = tf.gather(
            tf.concat([first_part, tf.shape(new, tf.int64)], axis=0),
            ids.row_splits,
        )
        ids = tf.RaggedTensor.from_row_splits(new, splits, validate=False)
        return Pieces(ids, tf.cast(spans, tf.int32))


class _WordPieceOffsets(tf.Module):
    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__()
        model = tokenizer.model
        assert isinstance(model, wordpiece.WordPieceModel)
        self._rules = model.rules
        self._words = graph_wordpiece.pieces_of_words(model)

    def __call__(self, texts: tf.Tensor) -> Pieces:
        aligned = graph_alignment.decode(texts)
        rules = self._rules
        aligned = aligned._replace(
            codes=graph_wordpiece.without_private(aligned.codes, rules)
        )
        aligned = graph_alignment.map_characters(
            aligned, unicode_tables.word_breaks_map(rules)
        )
        if rules.lower_case:
            aligned = graph_alignment.map_characters(
                aligned,
                unicode_tables.lower_map(keep_sigmas=rules.finds_final_sigmas),
            )
        if rules.finds_final_sigmas:
            aligned = graph_alignment.lower_sigmas(aligned)
        if rules.strip_accents:
            aligned, _ = graph_alignment.with_clusters(aligned)
            aligned = graph_alignment.map_characters(
                aligned, unicode_tables.accents_map()
            )
        aligned = graph_alignment.map_characters(
            aligned, unicode_tables.punctuation_map()
        )
        flat = aligned.codes.flat_values
        is_space = flat == ord(" ")
        edge = tf.ones_like(is_space[:1])
        row = aligned.rows
        begins = ~is_space & (
            tf.concat([edge, is_space[:-1]], axis=0)
            | tf.concat([edge, row[1:] != row[:-1]], axis=0)
        )
        kept = tf.where(~is_space)[:, 0]  # [C'], the characters of words
        word = tf.cumsum(tf.cast(tf.gather(begins, kept), tf.int64)) - 1
        word_row = tf.boolean_mask(row, begins)  # [W]
        words = tf.RaggedTensor.from_value_rowids(
            tf.gather(flat, kept), word, nrows=tf.size(word_row, tf.int64)
        )
        ids, starts, ends = self._words(
            tf.strings.unicode_encode(words, "UTF-8")
        )  # [W, None], bytes of the words
        of = graph_normalize.rows_of(ids.row_splits)
        places = _character_of_byte(words)
        first = tf.gather(kept, places(of, starts))
        last = tf.gather(kept, places(of, ends) - 1)
        spans = tf.stack(
            [tf.gather(aligned.starts, first), tf.gather(aligned.ends, last)],
            axis=1,
        )
        ids = tf.RaggedTensor.from_value_rowids(
            ids.flat_values,
            tf.gather(word_row, of),
            nrows=aligned.codes.nrows(),
            validate=False,
        )
        return Pieces(ids, tf.cast(spans, tf.int32))


def _ranges(
    splits: np.ndarray, items: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """All positions in the ranges splits[i]:splits[i + 1], for each i of items.

    Returns:
        Two tensors int64 [P']: the index in items, and the position.
    """
    starts = tf.gather(splits, items)
    sizes = tf.gather(splits, items + 1) - starts
    ends = tf.concat([[0], tf.cumsum(sizes)], axis=0)
    of = graph_normalize.rows_of(ends)
    return of, tf.range(ends[-1]) + tf.gather(starts - ends[:-1], of)


def _character_of_byte(
    codes: tf.RaggedTensor,
) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """Makes a function from rows [P] and bytes in their UTF-8 [P] to positions
    [P] in the flat codes: those of the first characters that begin there or
    later."""
    sizes = graph_normalize.byte_lengths(codes.flat_values)
    ends = tf.concat([[0], tf.cumsum(tf.cast(sizes, tf.int64))], axis=0)
    row_bytes = tf.gather(ends, codes.row_splits)  # the start of each row

    def place(rows: tf.Tensor, offsets: tf.Tensor) -> tf.Tensor:
        at = tf.gather(row_bytes, rows) + tf.cast(offsets, tf.int64)
        return tf.searchsorted(ends, at, out_type=tf.int64)

    return place
