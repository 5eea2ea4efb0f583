"""Fills in masks with a pretrained model."""

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer

TOP_K = 5


class Masks(tf.Module):
    """The likeliest pieces for every [MASK] of a text.

    Inputs: texts, string [B]; what is longer than the rows is cut off at the
        end.
    Answers:
        tokens: string [B, M, 5], for the M masks of the text that has most, in
            order, the likeliest first; "" at unused slots. A piece that starts
            a word begins with "▁".
        probabilities: float32 [B, M, 5]; 0 at unused slots.

    Args:
        tokenizer: the model's tokenizer.
        max_seq_length: length of the longest rows.
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

    def rows(self, texts):
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

    def answer(self, outputs, context):
        best = tf.math.top_k(tf.nn.softmax(outputs["mlm_logits"]), TOP_K)
        tokens = tf.gather(self._pieces, best.indices)
        return {
            "tokens": tf.where(context["used"], tokens, ""),
            "probabilities": tf.where(context["used"], best.values, 0.0),
        }

    def target(self, outputs, context):
        best = tf.reduce_max(outputs["mlm_logits"], axis=-1)  # [B, M]
        used = tf.cast(context["used"][:, :, 0], best.dtype)
        return tf.reduce_sum(best * used, axis=-1)

    def offsets(self, context, texts):
        return token_rows.lay_out_offsets(
            [self._offsets_with_masks(texts)], self._cut
        )

    def _offsets_with_masks(self, texts):
        """graph_offsets.Pieces, cut as GraphTokenizer.with_masks cuts."""
        texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
        parts = tf.strings.split(texts, graph_tokenizer.MASK)  # [B, parts]
        found = self._offsets(parts.flat_values)
        length = tf.strings.length(parts.flat_values, "UTF8_CHAR")
        of_mask = len(graph_tokenizer.MASK)
        first = tf.cumsum(length + of_mask, exclusive=True)  # of each part
        text = parts.value_rowids()
        first -= tf.gather(tf.gather(first, parts.row_splits[:-1]), text)
        # There is a mask after every part but the last of its text.
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

    def _cut(self, parts):
        return [ids[:, : self._max_seq_length - 2] for ids in parts]

    def explained(self, values, target, context):
        return values
