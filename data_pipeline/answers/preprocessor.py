"""A SavedModel that turns text into the inputs of a TF Hub encoder."""

from collections.abc import Sequence

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import tokenizer as graph_tokenizer

SEQ_LENGTH = 128


class Preprocessor(tf.Module):
    """A preprocessor for hub.KerasLayer, to be used before an encoder.

    A call turns string [B] into input_word_ids, input_mask and input_type_ids,
    int32 [B, 128]. For pairs of texts and other lengths, `tokenize` and
    `bert_pack_inputs` do the same in two steps.

    Source: tensorflow.org/hub/common_saved_model_apis/text.

    Args:
        tokenizer: the encoder's tokenizer.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__()
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self.tokenize = tf.function(
            self._tokenizer.__call__,
            input_signature=[tf.TensorSpec([None], tf.string)],
        )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        return self._pack([self._tokenizer(texts)], SEQ_LENGTH)

    @tf.function
    def bert_pack_inputs(
        self,
        inputs: Sequence[tf.RaggedTensor],
        seq_length: int | tf.Tensor = SEQ_LENGTH,
    ) -> dict[str, tf.Tensor]:
        """Packs one or two ragged int32 [B, None] into rows of seq_length."""
        return self._pack(inputs, seq_length)

    def _pack(
        self, inputs: Sequence[tf.RaggedTensor], seq_length: int | tf.Tensor
    ) -> dict[str, tf.Tensor]:
        cut = token_rows.cut(inputs, seq_length)
        rows = token_rows.lay_out(cut, *self._special)
        names = {
            "input_word_ids": "token_ids",
            "input_mask": "padding_mask",
            "input_type_ids": "segment_ids",
        }
        return {
            theirs: _padded(rows[ours], seq_length)
            for theirs, ours in names.items()
        }


def save(tokenizer: tokenizers.Tokenizer, folder: str) -> None:
    """Writes a preprocessor as a SavedModel.

    Args:
        tokenizer: the encoder's tokenizer.
        folder: where to write it.
    """
    module = Preprocessor(tokenizer)
    ids = tf.RaggedTensorSpec([None, None], tf.int32)
    length = tf.TensorSpec([], tf.int32)
    for count in (1, 2):
        module.bert_pack_inputs.get_concrete_function([ids] * count, length)
        module.bert_pack_inputs.get_concrete_function([ids] * count)
    tf.saved_model.save(module, folder)


def _padded(values: tf.Tensor, length: int | tf.Tensor) -> tf.Tensor:
    return tf.pad(values, [[0, 0], [0, length - tf.shape(values)[1]]])
