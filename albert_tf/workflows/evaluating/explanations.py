"""Which words of a text mattered to a model."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf.exporting import savedmodel
from albert_tf.finetuning import multitask
from data_pipeline.answers import texts
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation

# Words of a text that are named.
_NAMED = 5
_WORD_START = "▁"
_ANSWERS = {
    "classification": texts.class_answer,
    "multilabel": texts.label_set_answer,
    "regression": texts.number_answer,
}


def of(model: multitask.MultitaskModel) -> evaluation.Explain | None:
    """A function that explains a model's answers to texts and pairs of texts.

    The importance of a word is that of its pieces together: the absolute
    gradient times input of the strongest logit, as a share of all pieces, as
    in the signature `explain` of an export.

    Returns:
        As `evaluation.Explain`, which returns None for other kinds of tasks;
        or None if the model is on several devices.
    """
    if model.strategy.num_replicas_in_sync > 1:
        return None

    def explain(
        data: task_data.TaskData, examples: list[Any]
    ) -> list[str] | None:
        kind = model.heads[data.task.name].kind
        if kind not in _ANSWERS or not examples:
            return None
        strings = [*zip(*(example.texts for example in examples), strict=True)]
        task = texts.Texts(
            data.tokenizer,
            _ANSWERS[kind],
            data.labels,
            len(strings),
            data.lengths[-1],
        )
        pieces = data.tokenizer.pieces
        found = savedmodel.explain(
            model.models[data.task.name],
            task,
            pieces,
            **{
                name: tf.constant(
                    [text.encode("utf-8", "replace") for text in own]
                )
                for name, own in zip(task.inputs, strings, strict=True)
            },
        )
        special = {pieces[data.tokenizer.cls_id], pieces[data.tokenizer.sep_id]}
        return [
            _named(
                [piece.decode() for piece in own], importance.tolist(), special
            )
            for own, importance in zip(
                found["pieces"].numpy(),
                found["importance"].numpy(),
                strict=True,
            )
        ]

    return explain


def _named(
    pieces: Sequence[str], importance: Sequence[float], special: set[str]
) -> str:
    """The words with the largest shares, such as "not 31%, funny 12%"."""
    words: list[tuple[str, float]] = []
    for piece, share in zip(pieces, importance, strict=True):
        if not piece or piece in special:
            continue
        if piece.startswith(_WORD_START) or not words:
            words.append((piece.removeprefix(_WORD_START), share))
        else:
            word, known = words[-1]
            words[-1] = (word + piece, known + share)
    total: dict[str, float] = {}
    for word, share in words:
        total[word] = total.get(word, 0.0) + share
    best = sorted(total.items(), key=lambda item: -item[1])[:_NAMED]
    return ", ".join(f"{word} {share:.0%}" for word, share in best if word)
