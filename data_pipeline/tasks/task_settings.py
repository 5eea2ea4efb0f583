"""What the flags about tasks and their data come to."""

import os
from collections.abc import Sequence

from absl import flags
from absl import logging

from data_pipeline.tasks import custom_flags
from data_pipeline.tasks import kinds
from data_pipeline.tasks import parts
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.data import held_out
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import kind as kind_lib
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def tasks(models_kind: str | None = None) -> list[table.Task]:
    """The tasks that --task_name names.

    Args:
        models_kind: the kind of a task of one's own without --task_type: that
            of the trained model, if it is known.
    Raises:
        ValueError: an unknown name, one twice, or --task_type is missing.
    """
    found = []
    for name in _FLAGS.task_name:
        if name != table.CUSTOM:
            found.append(table.named(name))
            continue
        kind = _FLAGS.task_type or models_kind
        if not kind:
            raise ValueError(
                "--task_type must be given for a task of your own: one of "
                f"{', '.join(kinds.KINDS)}. Received: none."
            )
        # A span without an answer is an empty cell, which any file may have.
        found.append(kinds.custom_task(kind, unanswerable=True))
    if len({task.name for task in found}) < len(found):
        raise ValueError(
            "Each task must be named once. Received: "
            f"--task_name={','.join(_FLAGS.task_name)}."
        )
    return found


def source(task: table.Task) -> parts.Source:
    """Where the data of a task is, as the flags say.

    Raises:
        ValueError: flags that do not go together.
    """
    fraction = _FLAGS.eval_fraction
    if fraction is not None and not 0 < fraction < 1:
        raise ValueError(
            "--eval_fraction must be above 0 and below 1. Received: "
            f"{fraction:g}."
        )
    if fraction and _FLAGS.eval_file:
        raise ValueError(
            "Only one of --eval_file and --eval_fraction must say what to "
            f"evaluate on. Received: {_FLAGS.eval_file} and {fraction:g}."
        )
    given = {
        "train": _FLAGS.train_file,
        "dev": _FLAGS.eval_file,
        "test": _FLAGS.predict_file,
    }
    return parts.Source(
        data_dir=_FLAGS.data_dir,
        files={name: path for name, path in given.items() if path},
        tfds=_FLAGS.tfds,
        on_bad_row=_FLAGS.on_bad_row,
        level=_FLAGS.level,
        token_column=_FLAGS.token_column,
        tag_column=_FLAGS.tag_column,
        columns=custom_flags.columns(task.kind)
        if task.name == table.CUSTOM
        else None,
        eval_fraction=fraction,
    )


def evaluation_parts(task: table.Task) -> tuple[str, ...]:
    """The names of the parts to evaluate on."""
    if _FLAGS.eval_fraction:
        return (held_out.NAME,)
    return ("dev",) if _FLAGS.eval_file else task.evaluation


def test_parts(task: table.Task) -> tuple[str, ...]:
    """The names of the parts to predict."""
    return ("test",) if _FLAGS.predict_file else task.tests


def data(
    task: table.Task,
    tokenizer: tokenizer_lib.Tokenizer,
    max_seq_length: int,
    labels: Sequence[str],
    train: parts.Part | None = None,
    *,
    any_length: bool = False,
) -> task_data.TaskData:
    """The data of a task, as flags say; any_length as of `input.batches`."""
    if kinds.of(task).has_windows:
        _fit_question(max_seq_length)
    span_options = {
        "n_best_size": _FLAGS.n_best_size,
        "max_answer_length": _FLAGS.max_answer_length,
    }
    return task_data.TaskData(
        task,
        source(task),
        labels,
        tokenizer,
        kind_lib.RowLengths(
            max_seq_length=max_seq_length,
            max_qa_length=_FLAGS.max_qa_length,
            doc_stride=_FLAGS.doc_stride,
            max_query_length=_FLAGS.max_query_length,
        ),
        lengths(max_seq_length, any_length),
        any_length=any_length,
        num_workers=_FLAGS.num_workers,
        cache_dir=_cache_dir(),
        pack=_FLAGS.pack,
        train=train,
        evaluation_parts=evaluation_parts(task),
        test_parts=test_parts(task),
        **(span_options if kinds.of(task).has_windows else {}),
    )


def _fit_question(max_seq_length: int) -> None:
    """Of short rows, a question must leave room for its context."""
    is_given = not _FLAGS["max_query_length"].using_default_value
    if is_given or 2 * _FLAGS.max_query_length <= max_seq_length:
        return
    _FLAGS.max_query_length = max_seq_length // 4
    if _FLAGS["doc_stride"].using_default_value:
        _FLAGS.doc_stride = max_seq_length // 3
    logging.info(
        "Rows of %d tokens: --max_query_length=%d and --doc_stride=%d, where "
        "flags do not say otherwise, so that a question leaves room for its "
        "context.",
        max_seq_length,
        _FLAGS.max_query_length,
        _FLAGS.doc_stride,
    )


def _cache_dir() -> str | None:
    """None for commands that have no folder of their own."""
    if _FLAGS.cached_dir or "output_dir" not in _FLAGS:
        return _FLAGS.cached_dir
    return os.path.join(_FLAGS.output_dir, "cache")


def trained_data(
    task: table.Task,
    checkpoint: str,
    saved: known_tasks.KnownTasks,
    longest: int,
) -> tuple[task_data.TaskData, dict]:
    """The data of the task that a model was trained on, as flags say.

    Encoded data is kept beside the checkpoint, as runs keep it.

    Args:
        checkpoint: a folder, or a file in one.
        saved: what its files say of its tasks.
        longest: rows that the model can read, where nothing says which it did.
    Returns:
        the data, and the row of task.json.
    """
    folder = saved_tasks.folder_of(checkpoint)
    if not _FLAGS.cached_dir:
        _FLAGS.cached_dir = os.path.join(folder, "cache")
    found = data_of_model(task, checkpoint, saved, longest)
    found.threshold = saved.threshold(task)
    found.scheme = saved.scheme(task, _FLAGS.labels)
    row = saved.of(task)
    if not row:  # nothing but the data says what the model reads
        found.train = found.get("train").part
        row = found.saved_row
    labels = _FLAGS.labels or row["labels"] or list(found.labels)
    return found, {**row, "kind": task.kind, "labels": labels}


def data_of_model(
    task: table.Task,
    checkpoint: str,
    saved: known_tasks.KnownTasks,
    longest: int,
) -> task_data.TaskData:
    """The data of a task, for a model: its tokenizer, lengths and labels.

    Args: as of `trained_data`.
    """
    folder = saved_tasks.folder_of(checkpoint)
    return data(
        task,
        saved_tasks.tokenizer(
            _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
        ),
        _FLAGS.max_seq_length or saved.max_seq_length or longest,
        saved.labels(task, _FLAGS.labels),
    )


def answer_options() -> dict[str, int]:
    """What an exported model's answers depend on, for answers.kinds.make."""
    return {
        name: _FLAGS[name].value
        for name in (
            "max_qa_length",
            "doc_stride",
            "max_query_length",
            "n_best_size",
            "max_answer_length",
        )
    }


def lengths(max_seq_length: int, any_length: bool) -> tuple[int, ...]:
    """Of --length_buckets, or `batch_plan.default_lengths`.

    Raises:
        ValueError: they are no increasing numbers up to max_seq_length.
    """
    if not _FLAGS.length_buckets:
        return batch_plan.default_lengths(max_seq_length, any_length)
    given = _FLAGS.length_buckets
    found = [int(text) if text.isdecimal() else 0 for text in given]
    if (
        found != sorted(set(found))
        or found[0] < 3
        or (found[-1] != max_seq_length)
    ):
        raise ValueError(
            "--length_buckets must be increasing lengths that end with "
            f"--max_seq_length. Received: {','.join(given)} and "
            f"{max_seq_length}."
        )
    return tuple(found)
