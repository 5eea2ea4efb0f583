"""A SavedModel that turns texts into the inputs of a TF Hub encoder."""

import tensorflow as tf

from data_pipeline.answers import rows as rows_lib
from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text.graph import tokenizer as graph_tokenizer

SEQ_LENGTH = 128


class Preprocessor(tf.Module):
    """The preprocessor that hub.KerasLayer uses before an encoder.

    A call turns string [B] into int32 [B, 128] input_word_ids, input_mask and
    input_type_ids. For pairs and other lengths, `tokenize` and then
    `bert_pack_inputs` do the same in two steps.

    Source: tensorflow.org/hub/common_saved_model_apis/text.
    """

    def __init__(self, tokenizer: tokenizer_lib.Tokenizer) -> None:
        super().__init__()
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self.tokenize = tf.function(
            self._tokenizer.__call__,
            input_signature=[tf.TensorSpec([None], tf.string)],
        )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, texts):
        return self._pack([self._tokenizer(texts)], SEQ_LENGTH)

    @tf.function
    def bert_pack_inputs(self, inputs, seq_length=SEQ_LENGTH):
        """One or two ragged int32 [B, None] as rows of seq_length."""
        return self._pack(inputs, seq_length)

    def _pack(self, inputs, seq_length):
        cut = rows_lib.cut(inputs, seq_length)
        rows = rows_lib.lay_out(cut, *self._special)
        names = {
            "input_word_ids": "token_ids",
            "input_mask": "padding_mask",
            "input_type_ids": "segment_ids",
        }
        return {
            theirs: _padded(rows[ours], seq_length)
            for theirs, ours in names.items()
        }


def save(tokenizer: tokenizer_lib.Tokenizer, folder: str) -> None:
    """Writes the SavedModel."""
    module = Preprocessor(tokenizer)
    ids = tf.RaggedTensorSpec([None, None], tf.int32)
    length = tf.TensorSpec([], tf.int32)
    for count in (1, 2):
        module.bert_pack_inputs.get_concrete_function([ids] * count, length)
        module.bert_pack_inputs.get_concrete_function([ids] * count)
    tf.saved_model.save(module, folder)


def _padded(values, length):
    return tf.pad(values, [[0, 0], [0, length - tf.shape(values)[1]]])
