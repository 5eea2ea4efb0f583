"""Writes texts for texts, and says which pieces of both belong together."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import detokenizer as graph_detokenizer
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer

Tensors = dict[str, tf.Tensor]


class Writing(tf.Module):
    """The texts that a model writes for a text.

    Inputs: texts, string [B]; long texts are cut off at the end.
    Answers:
        text: string [B], the best one.
        score: float32 [B], its score.
        texts: string [B, N], the N best ones, the best first; "" where the
            search found fewer.
        scores: float32 [B, N], the log-probability of each, divided by the
            length penalty; minus infinity where there is no text.

    Args:
        tokenizer: the model's tokenizer.
        max_seq_length: maximum number of tokens in a row.
    """

    def __init__(
        self, tokenizer: tokenizers.Tokenizer, max_seq_length: int
    ) -> None:
        super().__init__(name="writing")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._detokenizer = graph_detokenizer.GraphDetokenizer(tokenizer)
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self._pieces = tf.constant(tokenizer.pieces)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._max_seq_length = max_seq_length
        self.inputs = {"texts": tf.TensorSpec([None], tf.string)}

    def rows(self, texts: tf.Tensor) -> tuple[Tensors, dict[str, Any]]:
        whole = self._tokenizer(texts)
        (cut,) = self._cut([whole])
        rows = token_rows.lay_out([cut], *self._special)
        return rows, {"truncated": whole.row_lengths() > cut.row_lengths()}

    def _cut(
        self, parts: Sequence[tf.RaggedTensor]
    ) -> Sequence[tf.RaggedTensor]:
        return token_rows.cut(parts, self._max_seq_length)

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        sequences = outputs["sequences"]  # [B, N, T]
        size, length = sequences.shape[1:]
        ids = tf.RaggedTensor.from_tensor(
            tf.reshape(sequences, [-1, length]),
            tf.reshape(outputs["lengths"], [-1]),
        )
        texts = tf.reshape(self._detokenizer(ids), [-1, size])
        return {
            "text": texts[:, 0],
            "score": outputs["scores"][:, 0],
            "texts": texts,
            "scores": outputs["scores"],
        }

    def aligned(
        self,
        outputs: Mapping[str, tf.Tensor],
        attention: tf.Tensor,
        rows: Mapping[str, tf.Tensor],
        context: Mapping[str, Any],
        texts: tf.Tensor,
    ) -> Tensors:
        """The pieces of each text and of the best one written for it, and how
        much each written piece attends to each piece of the text.

        Args:
            outputs: as in `answer`.
            attention: float32 [B, T - 1, S].
            rows, context: from `rows`.
            texts: string [B].
        Returns:
            pieces: string [B, S], those of the text with [CLS] and [SEP].
            starts, ends: int32 [B, S], the characters of the text that each
                stands for; -1 at [CLS], [SEP] and padding.
            written: string [B, W], the written pieces, of which [SEP] may be
                the last.
            attention: float32 [B, W, S], whose rows sum to 1; 0 at padding.
        """
        best = outputs["sequences"][:, 0, 1:]  # [B, T - 1], after the start
        count = tf.reduce_max(outputs["lengths"][:, 0], axis=0) - 1
        count = tf.maximum(count, 0)  # there may be no texts
        is_written = tf.sequence_mask(
            outputs["lengths"][:, 0] - 1, tf.shape(best)[1]
        )
        is_read = rows["padding_mask"] > 0
        attention = tf.where(
            is_written[:, :, tf.newaxis] & is_read[:, tf.newaxis],
            attention,
            0.0,
        )
        written = tf.where(is_written, tf.gather(self._pieces, best), "")
        pieces = tf.gather(self._pieces, rows["token_ids"])
        return {
            "pieces": tf.where(is_read, pieces, ""),
            **token_rows.lay_out_offsets([self._offsets(texts)], self._cut),
            "written": written[:, :count],
            "attention": attention[:, :count],
        }
