"""Turns texts into embeddings, and pairs of texts into cosines."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from data_pipeline.answers import packed
from data_pipeline.answers import token_rows
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer

_TEXTS = tf.TensorSpec([None], tf.string)

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
        self.inputs = {"texts": _TEXTS}

    def rows(self, texts: tf.Tensor) -> tuple[Tensors, Tensors]:
        whole = self._tokenizer(texts)
        (cut,) = self._cut([whole])
        context = {"truncated": whole.row_lengths() > cut.row_lengths()}
        return token_rows.lay_out([cut], *self._special), context

    def _cut(
        self, parts: Sequence[tf.RaggedTensor]
    ) -> Sequence[tf.RaggedTensor]:
        return token_rows.cut(parts, self._max_seq_length)

    def pack(self, rows: Tensors) -> tuple[Tensors, tf.Tensor]:
        """Packs rows with packed.pack."""
        return packed.pack(rows)

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        return {"embeddings": outputs["embeddings"]}


class Pairs(Embeddings):
    """How alike two texts are, each read in a row of its own.

    Inputs: texts and second_texts, string [B].
    Answers: cosine, float32 [B], of the embeddings of both.

    Explanations list the pieces of the first text and then those of the second,
    each from its [CLS] to its [SEP].

    Args: those of `Embeddings`.
    """

    def __init__(
        self, tokenizer: tokenizers.Tokenizer, max_seq_length: int
    ) -> None:
        super().__init__(tokenizer, max_seq_length)
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self.inputs = {"texts": _TEXTS, "second_texts": _TEXTS}

    def rows(
        self, texts: tf.Tensor, second_texts: tf.Tensor
    ) -> tuple[Tensors, Tensors]:
        rows, context = super().rows(tf.concat([texts, second_texts], axis=0))
        first, second = tf.split(context["truncated"], 2)
        lengths = tf.reduce_sum(rows["padding_mask"], axis=1)
        return rows, {"truncated": first | second, "lengths": lengths}

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        return {"cosine": self.target(outputs, context)}

    def target(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> tf.Tensor:
        units = tf.math.l2_normalize(outputs["embeddings"], axis=-1)
        return tf.reduce_sum(tf.multiply(*tf.split(units, 2)), axis=-1)

    def explained(
        self, values: tf.Tensor, target: tf.Tensor, context: Mapping[str, Any]
    ) -> tf.Tensor:
        rows = tf.RaggedTensor.from_tensor(values, context["lengths"])
        count = tf.size(target)
        return tf.concat([rows[:count], rows[count:]], axis=1).to_tensor()

    def offsets(
        self,
        context: Mapping[str, Any],
        texts: tf.Tensor,
        second_texts: tf.Tensor,
    ) -> Tensors:
        both = self._offsets(tf.concat([texts, second_texts], axis=0))
        return token_rows.lay_out_offsets([both], self._cut)
