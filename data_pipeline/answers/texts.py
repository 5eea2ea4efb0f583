"""Predicts classes, numbers and choices from texts."""

from collections.abc import Callable
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
# Makes an answer from logits [B, C] and the names of the classes, string [C].
Answer = Callable[[tf.Tensor, tf.Tensor], Tensors]


def class_answer(logits: tf.Tensor, labels: tf.Tensor) -> Tensors:
    """The answer of a classifier.

    Returns:
        label, string [B]; and labels, string [B, C], and probabilities,
        float32 [B, C], in the order of the classes.
    """
    return {
        "label": tf.gather(labels, tf.argmax(logits, axis=-1)),
        "labels": tf.broadcast_to(labels, tf.shape(logits)),
        "probabilities": tf.nn.softmax(logits),
    }


def label_set_answer(logits: tf.Tensor, labels: tf.Tensor) -> Tensors:
    """The answer of a multilabel classifier.

    Returns:
        labels, string [B, C], probabilities, float32 [B, C], and chosen, bool
        [B, C], whether each label applies.
    """
    return {
        "labels": tf.broadcast_to(labels, tf.shape(logits)),
        "probabilities": tf.sigmoid(logits),
        "chosen": logits > 0,
    }


def number_answer(logits: tf.Tensor, labels: tf.Tensor) -> Tensors:
    """The answer of a regression model: value, float32 [B]."""
    return {"value": logits[:, 0]}


class Texts(tf.Module):
    """Answers for a text or a pair of texts.

    Inputs: texts, string [B]; for pairs also second_texts, string [B].
    Answers: those of `answer`; from models with early exits also exit_layer,
        int32 [B].

    Args:
        tokenizer: the model's tokenizer.
        answer: makes the answers.
        labels: C classes.
        num_texts: 1 or 2.
        max_seq_length: maximum number of tokens in a row.
        head_tail: whether long texts keep both ends, as in
            long_texts.head_tail.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        answer: Answer,
        labels: Sequence[str],
        num_texts: int,
        max_seq_length: int,
        head_tail: bool = False,
    ) -> None:
        super().__init__(name="texts")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._answer = answer
        self._labels = tf.constant(list(labels), tf.string)
        self._max_seq_length = max_seq_length
        self._cut_parts = token_rows.cut_middle if head_tail else token_rows.cut
        names = ("texts", "second_texts")[:num_texts]
        self.inputs = dict.fromkeys(names, _TEXTS)

    def rows(self, **strings: tf.Tensor) -> tuple[Tensors, Tensors]:
        parts = [self._tokenizer(strings[name]) for name in self.inputs]
        cut = self._cut(parts)
        context = {"truncated": _pieces(parts) > _pieces(cut)}
        return token_rows.lay_out(cut, *self._special), context

    def offsets(
        self, context: Mapping[str, Any], **strings: tf.Tensor
    ) -> Tensors:
        parts = [self._offsets(strings[name]) for name in self.inputs]
        return token_rows.lay_out_offsets(parts, self._cut)

    def _cut(
        self, parts: Sequence[tf.RaggedTensor]
    ) -> Sequence[tf.RaggedTensor]:
        return self._cut_parts(parts, self._max_seq_length)

    def pack(self, rows: Tensors) -> tuple[Tensors, tf.Tensor]:
        """Packs rows with packed.pack, for models that support it."""
        return packed.pack(rows)

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        answer = self._answer(outputs["logits"], self._labels)
        if "exit_layer" in outputs:
            answer["exit_layer"] = outputs["exit_layer"]
        return answer

    def target(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> tf.Tensor:
        return tf.reduce_max(outputs["logits"], axis=-1)

    def explained(
        self, values: tf.Tensor, target: tf.Tensor, context: Mapping[str, Any]
    ) -> tf.Tensor:
        return values


class Choices(tf.Module):
    """Selects the best of N choices.

    Inputs: texts, string [B], the context of the choices; choices, string
        [B, N].
    Answers: choice, int32 [B], from 0; probabilities, float32 [B, N].

    Args:
        tokenizer, max_seq_length: as in `Texts`.
        max_qa_length: maximum number of pieces in a choice; pieces before the
            last `max_qa_length` are cut off.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        max_seq_length: int,
        max_qa_length: int,
    ) -> None:
        super().__init__(name="choices")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._room = max_seq_length - 3
        self._longest = min(max_qa_length, self._room)
        self.inputs = {
            "texts": _TEXTS,
            "choices": tf.TensorSpec([None, None], tf.string),
        }

    def rows(
        self, texts: tf.Tensor, choices: tf.Tensor
    ) -> tuple[Tensors, Tensors]:
        shape = tf.shape(choices)
        of = tf.repeat(tf.range(shape[0]), shape[1])
        first = tf.gather(self._tokenizer(texts), of)
        second = self._tokenizer(tf.reshape(choices, [-1]))
        whole = _pieces([first, second])
        second = second[:, -self._longest :]
        first = token_rows.take(first, self._room - second.row_lengths())
        truncated = whole > _pieces([first, second])  # [B * N]
        truncated = tf.reduce_any(tf.reshape(truncated, shape), axis=1)
        found = token_rows.lay_out([first, second], *self._special)
        # S is not inferred with -1, since there may be no rows.
        shape = tf.stack([shape[0], shape[1], tf.shape(found["token_ids"])[1]])
        found = {k: tf.reshape(v, shape) for k, v in found.items()}
        return found, {"truncated": truncated}

    def answer(
        self, outputs: Mapping[str, tf.Tensor], context: Mapping[str, Any]
    ) -> Tensors:
        logits = outputs["logits"]
        return {
            "choice": tf.argmax(logits, axis=-1, output_type=tf.int32),
            "probabilities": tf.nn.softmax(logits),
        }


def _pieces(parts: Sequence[tf.RaggedTensor]) -> tf.Tensor:
    """The number of tokens of each row in all of its parts, [R]."""
    return tf.add_n([part.row_lengths() for part in parts])
