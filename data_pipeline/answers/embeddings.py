"""Turns texts into embeddings."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from data_pipeline.answers import packed
from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import tokenizer as graph_tokenizer

Tensors = dict[str, tf.Tensor]


class Embeddings(tf.Module):
    """The embeddings of texts.

    Inputs: texts, string [B].
    Answers: embeddings, float32 [B, D].

    Args:
        tokenizer: the model's tokenizer.
        max_seq_length: maximum number of tokens in a row; longer texts are
            truncated at the end.
    """

    def __init__(
        self, tokenizer: tokenizers.Tokenizer, max_seq_length: int
    ) -> None:
        super().__init__(name="embeddings")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._max_seq_length = max_seq_length
        self.inputs = {"texts": tf.TensorSpec([None], tf.string)}

    def rows(self, texts: tf.Tensor) -> tuple[Tensors, Tensors]:
        whole = self._tokenizer(texts)
        (cut,) = token_rows.cut([whole], self._max_seq_length)
        context = {"truncated": whole.row_lengths() > cut.row_lengths()}
        return token_rows.lay_out([cut], *self._special), context

    def pack(self, rows: Tensors) -> tuple[Tensors, tf.Tensor]:
        """Packs rows with packed.pack."""
        return packed.pack(rows)

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        return {"embeddings": outputs["embeddings"]}
