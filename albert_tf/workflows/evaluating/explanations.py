"""Which words of a text mattered to a model."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf import kinds
from albert_tf.exporting import savedmodel
from albert_tf.finetuning import multitask
from data_pipeline.answers import answer_modules
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.saved import saved_tasks

# Words of a text that are named.
_NAMED = 5
_WORD_START = "▁"


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
        read = model.models[data.task.name]
        if not examples or kinds.has_exits(type(read)):
            return None
        strings = [
            *zip(*(getattr(e, "texts", ()) for e in examples), strict=True)
        ]
        if not strings:  # other examples than texts and pairs
            return None
        row = saved_tasks.row(data.task, data.labels, data.scheme, len(strings))
        tasks = answer_modules.make(
            row, data.tokenizer, **data.row_lengths.of_answers
        )
        task: Any = tasks["text"]
        if len(task.inputs) != len(strings) or not hasattr(task, "explained"):
            return None
        pieces = data.tokenizer.pieces
        found = savedmodel.explain(
            read,
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
