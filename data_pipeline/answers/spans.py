"""Answers questions with spans of their contexts, or not at all."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from data_pipeline.answers import token_rows
from data_pipeline.answers import windows
from data_pipeline.tasks.spans import span_answers
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import offsets as graph_offsets
from data_pipeline.text.graph import tokenizer as graph_tokenizer

_NO_SCORE = tf.float64.min

Tensors = dict[str, tf.Tensor]
Outputs = Mapping[str, tf.Tensor]
# First tokens, last tokens and scores.
Pairs = tuple[tf.Tensor, tf.Tensor, tf.Tensor]


class Spans(tf.Module):
    """Finds the best span of each context.

    Inputs: questions and contexts, string [B].
    Answers:
        answer: string [B]; "" if the question has no answer;
        best_answer: string [B], the answer if there must be one;
        start, end: int32 [B], the characters of best_answer in the context; -1
            if no span is possible;
        score: float32 [B], the score of best_answer;
        null_score: float32 [B]; the higher it is, the less likely an answer
            exists.

    Args:
        tokenizer: the model's tokenizer.
        null_score_threshold: the null score above which there is no answer;
            None if there always is one.
        others: as in span_features.encode and span_answers.predict.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        null_score_threshold: float | None,
        *,
        max_seq_length: int = 384,
        doc_stride: int = 128,
        max_query_length: int = 64,
        n_best_size: int = 20,
        max_answer_length: int = 30,
    ) -> None:
        super().__init__(name="spans")
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._offsets = graph_offsets.GraphOffsets(tokenizer)
        self._threshold = null_score_threshold
        self._max_query_length = max_query_length
        self._layout = {
            "max_seq_length": max_seq_length,
            "doc_stride": doc_stride,
            "cls_id": tokenizer.cls_id,
            "sep_id": tokenizer.sep_id,
        }
        self._n_best_size = n_best_size
        self._max_answer_length = max_answer_length
        text = tf.TensorSpec([None], tf.string)
        self.inputs = {"questions": text, "contexts": text}

    def rows(
        self, questions: tf.Tensor, contexts: tf.Tensor
    ) -> tuple[Tensors, Tensors]:
        ids = self._tokenizer(questions)
        truncated = ids.row_lengths() > self._max_query_length
        (ids,) = self._cut([ids])
        found = windows.lay_out(ids, self._offsets(contexts), **self._layout)
        context = {
            name: found.pop(name)
            for name in ("char_starts", "char_ends", "is_max_context")
        }
        context["question"] = found.pop("question")
        windows_of = tf.math.bincount(
            tf.cast(context["question"], tf.int32),
            minlength=tf.shape(contexts)[0],
        )
        context["truncated"] = truncated
        context["explained_in_part"] = windows_of > 1
        context["contexts"] = tf.strings.unicode_transcode(
            contexts, "UTF-8", "UTF-8"
        )
        return found, context

    def answer(self, outputs: Outputs, context: Mapping[str, Any]) -> Tensors:
        start, end, score = self._best_of_rows(outputs, context)
        count = tf.shape(context["contexts"])[0]
        question = context["question"]
        best = tf.math.unsorted_segment_max(score, question, count)  # [B]
        row = _first_best(score, best, question, count)
        start, end = tf.gather(start, row), tf.gather(end, row)
        exists = best > _NO_SCORE
        null = tf.math.unsorted_segment_min(_null(outputs), question, count)
        if "start_logits" in outputs and "start_positions" not in outputs:
            null -= tf.where(exists, best, -span_answers.NO_SCORE)
        text = tf.strings.substr(
            context["contexts"],
            tf.where(exists, start, 0),
            tf.where(exists, end - start, 0),
            "UTF8_CHAR",
        )
        answer = text
        if self._threshold is not None:
            answer = tf.where(null > self._threshold, "", text)
        return {
            "answer": answer,
            "best_answer": text,
            "start": tf.where(exists, start, -1),
            "end": tf.where(exists, end, -1),
            "score": tf.cast(tf.where(exists, best, 0.0), tf.float32),
            "null_score": tf.cast(null, tf.float32),
        }

    def target(self, outputs: Outputs, context: Mapping[str, Any]) -> tf.Tensor:
        _, _, score = self._best_of_rows(outputs, context)
        exists = score > _NO_SCORE
        return tf.cast(tf.where(exists, score, tf.float32.min), tf.float32)

    def offsets(
        self,
        context: Mapping[str, Any],
        questions: tf.Tensor,
        contexts: tf.Tensor,
    ) -> Tensors:
        of_questions = token_rows.lay_out_offsets(
            [self._offsets(questions)], self._cut
        )
        found = {}
        for name, of_question in of_questions.items():
            of_context = context[f"char_{name}"]
            of_question = tf.gather(of_question, context["question"])
            room = tf.shape(of_context)[1] - tf.shape(of_question)[1]
            of_question = tf.pad(
                of_question, [[0, 0], [0, room]], constant_values=-1
            )
            # No token belongs to both, so one of them is -1.
            found[name] = tf.maximum(of_question, of_context)
        return found

    def _cut(
        self, questions: Sequence[tf.RaggedTensor]
    ) -> list[tf.RaggedTensor]:
        return [ids[:, : self._max_query_length] for ids in questions]

    def explained(
        self, values: tf.Tensor, target: tf.Tensor, context: Mapping[str, Any]
    ) -> tf.Tensor:
        """The values of the row with the best answer."""
        question = context["question"]
        count = tf.shape(context["contexts"])[0]
        best = tf.math.unsorted_segment_max(target, question, count)
        return tf.gather(values, _first_best(target, best, question, count))

    def _best_of_rows(
        self, outputs: Outputs, context: Mapping[str, Any]
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """First character, character after the last, and score, [R] each."""
        starts, ends = context["char_starts"], context["char_ends"]
        can_start, can_end = context["is_max_context"] > 0, starts >= 0
        if "start_positions" in outputs:
            first, last, scores = _conditional_pairs(outputs)
        else:
            first, last, scores = _plain_pairs(
                outputs, can_start, can_end, self._n_best_size
            )
        first, last, scores = (
            tf.reshape(pair, [tf.shape(starts)[0], -1])
            for pair in (first, last, scores)
        )

        def at(values: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
            return tf.gather(values, places, batch_dims=1)

        begin, end = at(starts, first), at(ends, last)
        valid = (first <= last) & (last - first < self._max_answer_length)
        valid &= at(can_start, first) & at(can_end, last)
        # A piece that covers only white space has no text.
        valid &= begin < end
        scores = tf.where(valid, scores, _NO_SCORE)
        best = tf.argmax(scores, axis=1)
        return at(begin, best), at(end, best), at(scores, best)


def _null(outputs: Outputs) -> tf.Tensor:
    """The null score of each row, float64 [R]."""
    if "unanswerable_logits" in outputs:
        return tf.cast(outputs["unanswerable_logits"], tf.float64)
    start, end = outputs["start_logits"][:, 0], outputs["end_logits"][:, 0]
    return tf.cast(start, tf.float64) + tf.cast(end, tf.float64)


def _plain_pairs(
    outputs: Outputs,
    can_start: tf.Tensor,
    can_end: tf.Tensor,
    n_best_size: int,
) -> Pairs:
    """First tokens, last tokens and scores, [R, N, N + 1]."""
    start = tf.cast(outputs["start_logits"], tf.float64)
    end = tf.cast(outputs["end_logits"], tf.float64)
    size = tf.minimum(n_best_size, tf.shape(start)[1])
    first = tf.math.top_k(tf.where(can_start, start, _NO_SCORE), size).indices
    last = tf.math.top_k(tf.where(can_end, end, _NO_SCORE), size).indices
    last = tf.repeat(last[:, tf.newaxis], size, axis=1)
    last = tf.concat([last, first[:, :, tf.newaxis]], axis=2)
    first = tf.repeat(first[:, :, tf.newaxis], size + 1, axis=2)
    scores = tf.gather(start, first, batch_dims=1)
    return first, last, scores + tf.gather(end, last, batch_dims=1)


def _conditional_pairs(outputs: Outputs) -> Pairs:
    """First tokens, last tokens and scores, [R, K, E]."""
    last = outputs["end_positions"]
    first = outputs["start_positions"][:, :, tf.newaxis]
    first = tf.zeros_like(last) + first
    scores = tf.cast(outputs["start_log_probs"], tf.float64)
    ends = tf.cast(outputs["end_log_probs"], tf.float64)
    return first, last, scores[:, :, tf.newaxis] + ends


def _first_best(
    score: tf.Tensor, best: tf.Tensor, question: tf.Tensor, count: tf.Tensor
) -> tf.Tensor:
    """The first row of each question with its best score, int [B]."""
    rows = tf.range(tf.size(question))
    is_best = score == tf.gather(best, question)
    rows = tf.where(is_best, rows, tf.size(question))
    return tf.math.unsorted_segment_min(rows, question, count)
