"""Fills in masks with a pretrained model."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer

TOP_K = 5


class Masks(tf.Module):
    """Predicts the most likely pieces for every [MASK] in a text.

    M is the largest number of masks in a text.

    Inputs: texts, string [B]; long texts are cut off at the end.
    Answers:
        tokens: string [B, M, 5], most likely first; "" in unused slots. A
            piece that starts a word begins with "▁".
        probabilities: float32 [B, M, 5]; 0 in unused slots.

    Args:
        tokenizer: the model's tokenizer.
        max_seq_length: maximum number of tokens in a row.
    """

    def __init__(
        self, tokenizer: tokenizers.Tokenizer, max_seq_length: int
    ) -> None:
        super().__init__(name="masks")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self._pieces = tf.constant(tokenizer.pieces)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._mask_id = tokenizer.mask_id
        self._max_seq_length = max_seq_length
        self.inputs = {"texts": tf.TensorSpec([None], tf.string)}

    def rows(
        self, texts: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], dict[str, Any]]:
        ids = self._tokenizer.with_masks(texts)
        truncated = ids.row_lengths() > self._max_seq_length - 2
        found = token_rows.lay_out(self._cut([ids]), *self._special)
        token_ids = found["token_ids"]
        is_mask = token_ids == self._mask_id
        positions = tf.ragged.boolean_mask(
            tf.zeros_like(token_ids) + tf.range(tf.shape(token_ids)[1]), is_mask
        )
        used = tf.ones_like(positions, tf.bool).to_tensor()  # [B, M]
        found["mask_positions"] = positions.to_tensor()
        context = {"used": used[:, :, tf.newaxis], "truncated": truncated}
        return found, context

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> dict[str, tf.Tensor]:
        best = tf.math.top_k(tf.nn.softmax(outputs["mlm_logits"]), TOP_K)
        tokens = tf.gather(self._pieces, best.indices)
        return {
            "tokens": tf.where(context["used"], tokens, ""),
            "probabilities": tf.where(context["used"], best.values, 0.0),
        }

    def target(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> tf.Tensor:
        best = tf.reduce_max(outputs["mlm_logits"], axis=-1)  # [B, M]
        used = tf.cast(context["used"][:, :, 0], best.dtype)
        return tf.reduce_sum(best * used, axis=-1)

    def offsets(
        self, context: Mapping[str, Any], texts: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        return token_rows.lay_out_offsets(
            [self._offsets_with_masks(texts)], self._cut
        )

    def _offsets_with_masks(self, texts: tf.Tensor) -> graph_offsets.Pieces:
        """Pieces with offsets, split as in GraphTokenizer.with_masks."""
        texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
        parts = tf.strings.split(texts, graph_tokenizer.MASK)  # [B, parts]
        found = self._offsets(parts.flat_values)
        length = tf.strings.length(parts.flat_values, "UTF8_CHAR")
        of_mask = len(graph_tokenizer.MASK)
        first = tf.cumsum(length + of_mask, exclusive=True)  # of each part
        text = parts.value_rowids()
        first -= tf.gather(tf.gather(first, parts.row_splits[:-1]), text)
        # A mask follows every part of a text except the last.
        has_mask = tf.concat([text[1:] == text[:-1], [False]], axis=0)
        mask_start = tf.boolean_mask(first + length, has_mask)
        masks = tf.RaggedTensor.from_row_lengths(
            tf.stack([mask_start, mask_start + of_mask], axis=1),
            tf.cast(has_mask, tf.int64),
        )
        part = found.ids.value_rowids()
        spans = found.spans + tf.gather(first, part)[:, tf.newaxis]
        spans = tf.concat([found.ids.with_flat_values(spans), masks], axis=1)
        spans = parts.with_flat_values(spans).merge_dims(1, 2)
        ids = spans.with_flat_values(spans.flat_values[:, 0])
        return graph_offsets.Pieces(ids, spans.flat_values)

    def _cut(self, parts: Sequence[tf.RaggedTensor]) -> list[tf.RaggedTensor]:
        return [ids[:, : self._max_seq_length - 2] for ids in parts]

    def explained(
        self, values: tf.Tensor, target: tf.Tensor, context: Mapping[str, Any]
    ) -> tf.Tensor:
        return values
