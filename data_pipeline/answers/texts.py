"""Classes, numbers and choices of texts."""

from collections.abc import Sequence

import tensorflow as tf

from data_pipeline.answers import packed
from data_pipeline.answers import rows as rows_lib
from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer

_TEXTS = tf.TensorSpec([None], tf.string)


class Texts(tf.Module):
    """A class, several classes, or a number for a text or a pair.

    Answers, by kind:
        classification: label, string [B]; labels, string [B, C], and
            probabilities, float32 [B, C], in the order of the classes;
        multilabel: labels, probabilities, and chosen, bool [B, C];
        regression: value, float32 [B].
    Models with early exits also give exit_layer, int32 [B].

    Args:
        tokenizer: the model's.
        kind: kind of the task.
        labels: C classes.
        num_texts: 1 or 2.
        max_seq_length: of the longest rows.
    """

    def __init__(
        self,
        tokenizer: tokenizer_lib.Tokenizer,
        kind: str,
        labels: Sequence[str],
        num_texts: int,
        max_seq_length: int,
    ) -> None:
        super().__init__(name="texts")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._kind = kind
        self._labels = tf.constant(list(labels), tf.string)
        self._max_seq_length = max_seq_length
        names = ("texts", "second_texts")[:num_texts]
        self.inputs = dict.fromkeys(names, _TEXTS)

    def rows(self, **strings):
        parts = [self._tokenizer(strings[name]) for name in self.inputs]
        cut = self._cut(parts)
        context = {"truncated": _pieces(parts) > _pieces(cut)}
        return rows_lib.lay_out(cut, *self._special), context

    def offsets(self, context, **strings):
        parts = [self._offsets(strings[name]) for name in self.inputs]
        return rows_lib.lay_out_offsets(parts, self._cut)

    def _cut(self, parts):
        return rows_lib.cut(parts, self._max_seq_length)

    def pack(self, rows):
        """Packs the rows with packed.pack, for models that support it."""
        return packed.pack(rows)

    def answer(self, outputs, context):
        answer = self._answer(outputs["logits"])
        if "exit_layer" in outputs:
            answer["exit_layer"] = outputs["exit_layer"]
        return answer

    def _answer(self, logits):
        if self._kind == "regression":
            return {"value": logits[:, 0]}
        labels = tf.broadcast_to(self._labels, tf.shape(logits))
        if self._kind == "multilabel":
            return {
                "labels": labels,
                "probabilities": tf.sigmoid(logits),
                "chosen": logits > 0,
            }
        return {
            "label": tf.gather(self._labels, tf.argmax(logits, axis=-1)),
            "labels": labels,
            "probabilities": tf.nn.softmax(logits),
        }

    def target(self, outputs, context):
        return tf.reduce_max(outputs["logits"], axis=-1)

    def explained(self, values, target, context):
        return values


class Choices(tf.Module):
    """The best of N choices.

    Inputs: texts, string [B], what the choices have in common; choices, string
        [B, N].
    Answers: choice, int32 [B], from 0; probabilities, float32 [B, N].

    Args:
        tokenizer, max_seq_length: as in `Texts`.
        max_qa_length: pieces of a choice; what is before the last so many is
            cut.
    """

    def __init__(
        self,
        tokenizer: tokenizer_lib.Tokenizer,
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

    def rows(self, texts, choices):
        shape = tf.shape(choices)
        of = tf.repeat(tf.range(shape[0]), shape[1])
        first = tf.gather(self._tokenizer(texts), of)
        second = self._tokenizer(tf.reshape(choices, [-1]))
        whole = _pieces([first, second])
        second = second[:, -self._longest :]
        first = rows_lib.take(first, self._room - second.row_lengths())
        truncated = whole > _pieces([first, second])  # [B * N]
        truncated = tf.reduce_any(tf.reshape(truncated, shape), axis=1)
        found = rows_lib.lay_out([first, second], *self._special)
        # Not -1 for S: there may be no rows.
        shape = tf.stack([shape[0], shape[1], tf.shape(found["token_ids"])[1]])
        found = {k: tf.reshape(v, shape) for k, v in found.items()}
        return found, {"truncated": truncated}

    def answer(self, outputs, context):
        logits = outputs["logits"]
        return {
            "choice": tf.argmax(logits, axis=-1, output_type=tf.int32),
            "probabilities": tf.nn.softmax(logits),
        }


def _pieces(parts: Sequence[tf.RaggedTensor]) -> tf.Tensor:
    """Number of tokens of each row in all its parts, [R]."""
    return tf.add_n([part.row_lengths() for part in parts])
