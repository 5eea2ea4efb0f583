"""The tasks that a config names, and their data."""

import dataclasses
import os
from collections.abc import Sequence
from typing import TypeVar

from absl import logging

from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import columns_from_config
from data_pipeline.tasks.data import held_out
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

Task = TypeVar("Task", bound=task_config.TaskConfig)


def tasks(
    config: task_config.DataConfig, models_kind: str | None = None
) -> list[table.Task]:
    """The tasks that --task_name names.

    Args:
        models_kind: the kind of a task of one's own without --task_type: that
            of the trained model, if it is known.
    Raises:
        ValueError: an unknown name, one twice, or --task_type is missing.
    """
    found = []
    for name in config.task_name:
        if name != table.CUSTOM:
            found.append(table.named(name))
            continue
        kind = config.task_type or models_kind
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
            f"--task_name={','.join(config.task_name)}."
        )
    return found


def source(
    config: task_config.DataConfig, task: table.Task
) -> splits.DataSource:
    """Where the data of a task is, as the flags say.

    Raises:
        ValueError: flags that do not go together.
    """
    fraction = config.eval_fraction
    if fraction is not None and not 0 < fraction < 1:
        raise ValueError(
            "--eval_fraction must be above 0 and below 1. Received: "
            f"{fraction:g}."
        )
    if fraction and config.eval_file:
        raise ValueError(
            "Only one of --eval_file and --eval_fraction must say what to "
            f"evaluate on. Received: {config.eval_file} and {fraction:g}."
        )
    given = {
        "train": config.train_file,
        "dev": config.eval_file,
        "test": config.predict_file,
    }
    return splits.DataSource(
        data_dir=config.data_dir,
        files={name: path for name, path in given.items() if path},
        tfds=config.tfds,
        on_bad_row=config.on_bad_row,
        level=config.level,
        token_column=config.token_column,
        tag_column=config.tag_column,
        columns=columns_from_config.of(config, task.kind)
        if task.name == table.CUSTOM
        else None,
        eval_fraction=fraction,
    )


def evaluation_splits(
    config: task_config.DataConfig, task: table.Task
) -> tuple[str, ...]:
    """The names of the splits to evaluate on."""
    if config.eval_fraction:
        return (held_out.NAME,)
    return ("dev",) if config.eval_file else task.evaluation


def test_splits(
    config: task_config.DataConfig, task: table.Task
) -> tuple[str, ...]:
    """The names of the splits to predict."""
    return ("test",) if config.predict_file else task.tests


def data(
    config: task_config.TaskConfig,
    task: table.Task,
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
    labels: Sequence[str],
    train: splits.Split | None = None,
    *,
    any_length: bool = False,
) -> task_data.TaskData:
    """The data of a task, as flags say; any_length as in `input.batches`."""
    if kinds.of(task).has_windows:
        config = fitted(config, max_seq_length)
    return task_data.TaskData(
        task,
        source(config, task),
        labels,
        tokenizer,
        task_kind.RowLengths(
            max_seq_length=max_seq_length,
            max_qa_length=config.max_qa_length,
            doc_stride=config.doc_stride,
            max_query_length=config.max_query_length,
        ),
        lengths(config, max_seq_length, any_length),
        any_length=any_length,
        num_workers=config.num_workers,
        cache_dir=_cache_dir(config),
        pack=config.pack,
        train=train,
        evaluation_splits=evaluation_splits(config, task),
        test_splits=test_splits(config, task),
        answer_options=task_kind.AnswerOptions(
            n_best_size=config.n_best_size,
            max_answer_length=config.max_answer_length,
        ),
    )


def fitted(config: Task, max_seq_length: int) -> Task:
    """The config of a span task whose questions leave room for a context.

    In short rows, questions and the stride become shorter where the config does
    not say otherwise.
    """
    is_given = config.is_given("max_query_length")
    if is_given or 2 * config.max_query_length <= max_seq_length:
        return config
    found = {"max_query_length": max_seq_length // 4}
    if not config.is_given("doc_stride"):
        found["doc_stride"] = max_seq_length // 3
    config = dataclasses.replace(config, **found)
    logging.info(
        "Rows of %d tokens: --max_query_length=%d and --doc_stride=%d, where "
        "flags do not say otherwise, so that a question leaves room for its "
        "context.",
        max_seq_length,
        config.max_query_length,
        config.doc_stride,
    )
    return config


def _cache_dir(config: task_config.TaskConfig) -> str | None:
    """None for workflows that have no folder of their own."""
    output_dir = getattr(config, "output_dir", None)
    if config.cached_dir or not output_dir:
        return config.cached_dir
    return os.path.join(output_dir, "cache")


def trained_data(
    config: task_config.TaskConfig,
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
    if not config.cached_dir:
        config = dataclasses.replace(
            config, cached_dir=os.path.join(folder, "cache")
        )
    found = data_of_model(config, task, checkpoint, saved, longest)
    found.threshold = saved.threshold(task)
    found.scheme = saved.scheme(task, config.labels)
    row = saved.of(task)
    if not row:  # nothing but the data says what the model reads
        found.train = found.get("train").split
        row = found.saved_row
    labels = config.labels or row["labels"] or list(found.labels)
    return found, {**row, "kind": task.kind, "labels": labels}


def data_of_model(
    config: task_config.TaskConfig,
    task: table.Task,
    checkpoint: str,
    saved: known_tasks.KnownTasks,
    longest: int,
) -> task_data.TaskData:
    """The data of a task, for a model: its tokenizer, lengths and labels.

    Args: as in `trained_data`.
    """
    folder = saved_tasks.folder_of(checkpoint)
    return data(
        config,
        task,
        saved_tasks.tokenizer(
            config.spm_model_file, folder, config.do_lower_case
        ),
        config.max_seq_length or saved.max_seq_length or longest,
        saved.labels(task, config.labels),
    )


def answer_options(config: task_config.TaskConfig) -> dict[str, int]:
    """What an exported model's answers depend on, for answer_modules.make."""
    return {
        name: getattr(config, name)
        for name in (
            "max_qa_length",
            "doc_stride",
            "max_query_length",
            "n_best_size",
            "max_answer_length",
        )
    }


def lengths(
    config: task_config.TaskConfig, max_seq_length: int, any_length: bool
) -> tuple[int, ...]:
    """Of --length_buckets, or `batch_plan.default_lengths`.

    Raises:
        ValueError: they are no increasing numbers up to max_seq_length.
    """
    if not config.length_buckets:
        return batch_plan.default_lengths(max_seq_length, any_length)
    given = config.length_buckets
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
