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
    Answers: embeddings, float32 [B, D]; num_tokens, int32 [B], the number of
        tokens that were read, [CLS] and [SEP] among them.

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
        (cut,) = self.cut([whole])
        rows = token_rows.lay_out([cut], *self._special)
        return rows, {
            "truncated": whole.row_lengths() > cut.row_lengths(),
            "num_tokens": tf.reduce_sum(rows["padding_mask"], axis=1),
        }

    def cut(
        self, parts: Sequence[tf.RaggedTensor]
    ) -> Sequence[tf.RaggedTensor]:
        """Cuts ids, or what belongs to each, to the length of a row."""
        return token_rows.cut(parts, self._max_seq_length)

    def pack(self, rows: Tensors) -> tuple[Tensors, tf.Tensor]:
        """Packs rows with packed.pack."""
        return packed.pack(rows)

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        return {
            "embeddings": outputs["embeddings"],
            "num_tokens": context["num_tokens"],
        }


class Pairs(tf.Module):
    """How alike two texts are, each read in a row of its own.

    Inputs: texts and second_texts, string [B].
    Answers: cosine, float32 [B], of the embeddings of both.

    Explanations list the pieces of the first text and then those of the second,
    each from its [CLS] to its [SEP].

    Args:
        embeddings: turns each text into ids.
        tokenizer: the model's tokenizer.
    """

    def __init__(
        self, embeddings: Embeddings, tokenizer: tokenizers.Tokenizer
    ) -> None:
        super().__init__(name="pairs")
        self._embeddings = embeddings
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self.inputs = {"texts": _TEXTS, "second_texts": _TEXTS}

    def rows(
        self, texts: tf.Tensor, second_texts: tf.Tensor
    ) -> tuple[Tensors, Tensors]:
        both = tf.concat([texts, second_texts], axis=0)
        rows, context = self._embeddings.rows(both)
        first, second = tf.split(context["truncated"], 2)
        return rows, {**context, "truncated": first | second}

    def pack(self, rows: Tensors) -> tuple[Tensors, tf.Tensor]:
        """Packs rows with packed.pack."""
        return packed.pack(rows)

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
        rows = tf.RaggedTensor.from_tensor(values, context["num_tokens"])
        count = tf.size(target)
        return tf.concat([rows[:count], rows[count:]], axis=1).to_tensor()

    def offsets(
        self,
        context: Mapping[str, Any],
        texts: tf.Tensor,
        second_texts: tf.Tensor,
    ) -> Tensors:
        both = self._offsets(tf.concat([texts, second_texts], axis=0))
        return token_rows.lay_out_offsets([both], self._embeddings.cut)
