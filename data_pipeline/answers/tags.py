"""Tags words, and finds the entities that the tags mark."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from data_pipeline.answers import entities
from data_pipeline.answers import token_rows
from data_pipeline.tasks.tags.chains import marginals
from data_pipeline.tasks.tags.chains import tag_chain
from data_pipeline.tasks.tags.chains import viterbi
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.graph import words as words_lib

Tensors = dict[str, tf.Tensor]


class Tags(tf.Module):
    """Tags and entities of texts of any length.

    W and K are the largest numbers of words and entities in a text. Without a
    scheme, for example for parts of speech, K is 0. Unused slots hold "", -1
    or 0.

    Inputs: texts, string [B]; or words, string [B, W], as in training data,
        with "" after the last word of each text.
    Answers:
        words, tags: string [B, W]; tags in the scheme of the training data;
        word_starts, word_ends: int32 [B, W], characters of the text;
        entities, types: string [B, K]; starts, ends: int32 [B, K];
        probabilities: float32 [B, K], the probability that exactly these words
            are an entity of this type; see tasks.tags.chains.

    Args:
        tokenizer: the model's tokenizer.
        labels: C tags, in BIO if there is a scheme.
        scheme: the scheme of the tags in answers, one of tag_schemes.SCHEMES.
        max_seq_length: maximum number of tokens in a row; a longer text
            becomes several rows.
        takes_words: whether the input is words.
        transitions: float [C + 1, C + 1], those of a CRF; None if there are
            none.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        labels: Sequence[str],
        scheme: str,
        max_seq_length: int,
        *,
        takes_words: bool = False,
        transitions: np.ndarray | None = None,
    ) -> None:
        super().__init__(name="tags")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._unk_id = tokenizer.unk_id
        self._size = max_seq_length - 2
        self._chain = tag_chain.make(labels, transitions)
        self._has_transitions = transitions is not None
        self._has_scheme = tag_chain.scheme_of(labels) != "none"
        self._entity_tags = entities.EntityTags(labels, scheme)
        self.inputs = (
            {"words": tf.TensorSpec([None, None], tf.string)}
            if takes_words
            else {"texts": tf.TensorSpec([None], tf.string)}
        )

    def rows(
        self, texts: tf.Tensor | None = None, words: tf.Tensor | None = None
    ) -> tuple[Tensors, dict[str, Any]]:
        found = (
            words_lib.split(texts) if words is None else words_lib.given(words)
        )
        words = found.words
        pieces = self._tokenizer(words.flat_values)  # [words, None]
        # A word without pieces becomes <unk>.
        is_empty = tf.cast(pieces.row_lengths() == 0, tf.int64)
        unknown = tf.RaggedTensor.from_row_lengths(
            tf.fill([tf.reduce_sum(is_empty)], self._unk_id), is_empty
        )
        pieces = tf.concat([pieces, unknown], axis=1)
        sizes = words.with_flat_values(pieces.row_lengths())  # [B, None]
        window = windows(sizes, self._size)  # int64 [words]
        of, place = token_rows.places(pieces.row_splits)  # [pieces]
        piece_window = tf.gather(window, of) + place // self._size
        # Texts without words have no rows.
        text = tf.gather(words.value_rowids(), of)
        window_before = tf.concat([[-1], piece_window[:-1]], axis=0)
        text_before = tf.concat([[-1], text[:-1]], axis=0)
        begins = (piece_window != window_before) | (text != text_before)
        row = tf.cumsum(tf.cast(begins, tf.int64)) - 1
        rows = tf.RaggedTensor.from_value_rowids(
            pieces.flat_values,
            row,
            nrows=tf.reduce_sum(tf.cast(begins, tf.int64)),
        )
        first = pieces.row_splits[:-1]  # of each word
        place_in_row = first - tf.gather(rows.row_splits, tf.gather(row, first))
        spans = tf.stack([found.starts, found.ends], axis=1)  # [words, 2]
        context = {
            "found": found,
            # Row and token of each word's first piece, after [CLS].
            "at": tf.stack([tf.gather(row, first), place_in_row + 1], axis=1),
            "text_of_row": tf.boolean_mask(text, begins),
            "offsets": token_rows.lay_out_offsets(
                [graph_offsets.Pieces(rows, tf.gather(spans, of))], list
            ),
            # Words that do not fit into a row continue in the next one.
            "truncated": tf.zeros_like(found.texts, tf.bool),
        }
        return token_rows.lay_out([rows], *self._special), context

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        found = context["found"]
        logits, lengths = self._of_words(outputs, context)
        best = self._best(logits, lengths)
        tags, marked = self._entity_tags(_flat(best, found), found.words)
        nothing = tf.zeros_like(tags, tf.float32)
        shares = nothing
        if self._has_scheme:

            def of_entities() -> tf.Tensor:
                own = marginals.Marginals(logits, lengths, self._chain)
                return _flat(own.of_entities(best), found)

            shares = tf.cond(
                tf.reduce_any(marked.inside), of_entities, lambda: nothing
            )

        def padded(values: tf.Tensor, fill: str | int) -> tf.Tensor:
            return found.words.with_flat_values(values).to_tensor(fill)

        return {
            "words": found.words.to_tensor(""),
            "tags": padded(tags, ""),
            "word_starts": padded(found.starts, -1),
            "word_ends": padded(found.ends, -1),
            **entities.of_texts(found, marked, shares),
        }

    def target(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> tf.Tensor:
        logits, lengths = self._of_words(outputs, context)
        best = self._best(tf.stop_gradient(logits), lengths)
        scores = tf.gather(logits, best, batch_dims=2)
        return tf.math.unsorted_segment_sum(
            _flat(scores, context["found"]),
            context["at"][:, 0],
            tf.shape(outputs["logits"])[0],
        )

    def _of_words(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The logits of each text's words, [B, W, C], and their number, [B]."""
        words = context["found"].words
        logits = tf.gather_nd(outputs["logits"], context["at"])  # [words, C]
        return words.with_flat_values(logits).to_tensor(), words.row_lengths()

    def _best(self, logits: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        if self._has_transitions:
            return viterbi.best(logits, lengths, self._chain)
        if self._has_scheme:
            return viterbi.legal(logits, lengths, self._chain)
        return tf.argmax(logits, axis=-1, output_type=tf.int32)

    def offsets(self, context: Mapping[str, Any], texts: tf.Tensor) -> Tensors:
        return context["offsets"]

    def explained(
        self, values: tf.Tensor, target: tf.Tensor, context: Mapping[str, Any]
    ) -> tf.Tensor:
        """The values of each text's rows, concatenated."""
        rows = tf.RaggedTensor.from_tensor(values)
        text = tf.gather(context["text_of_row"], rows.value_rowids())
        return tf.RaggedTensor.from_value_rowids(
            rows.flat_values,
            text,
            nrows=tf.shape(context["found"].texts, tf.int64)[0],
        ).to_tensor()


def _flat(values: tf.Tensor, found: words_lib.Words) -> tf.Tensor:
    """The values of words, from [B, W] to [words]."""
    lengths = found.words.row_lengths()
    return tf.RaggedTensor.from_tensor(values, lengths).flat_values


def windows(sizes: tf.RaggedTensor, room: int) -> tf.Tensor:
    """The window in which each word starts, as in tag_features.encode.

    Args:
        sizes: int64 [B, None], the number of pieces of each word.
        room: maximum number of pieces in a window.
    Returns:
        int64 [words], from 0 in each text.
    """

    def cut() -> tf.Tensor:
        """Assigns windows word by word, in all texts at once."""

        def step(
            state: tuple[tf.Tensor, tf.Tensor], size: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            window, left = state
            is_new = size > left
            window += tf.cast(is_new, tf.int64)
            # Further windows of a word that is longer than one.
            more = tf.maximum(size - 1, 0) // room
            left = tf.where(is_new, tf.cast(room, size.dtype), left)
            left += more * room - size
            return window + more, left

        columns = tf.transpose(sizes.to_tensor())  # [W, B]
        none = tf.zeros_like(columns[0])
        last, _ = tf.scan(step, columns, (none - 1, none))
        first = last - tf.maximum(columns - 1, 0) // room
        return tf.RaggedTensor.from_tensor(
            tf.transpose(first), sizes.row_lengths()
        ).flat_values

    fits = tf.reduce_all(tf.reduce_sum(sizes, axis=1) <= room)
    return tf.cond(fits, lambda: tf.zeros_like(sizes.flat_values), cut)
