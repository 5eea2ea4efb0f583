"""The tasks of a config, and their data."""

import dataclasses
import os
from collections.abc import Sequence

from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import columns_from_config
from data_pipeline.tasks.data import main_metrics
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.partitions import folds
from data_pipeline.tasks.partitions import held_out
from data_pipeline.tasks.saved import known_tasks
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.texts import long_texts
from data_pipeline.text import tokenizers


def tasks(
    config: task_config.DataConfig, models_kind: str | None = None
) -> list[table.Task]:
    """The tasks of --task_name.

    Args:
        models_kind: the kind of a custom task without --task_type; that of
            the trained model, if it is known.
    Raises:
        ValueError: --task_name is missing, names an unknown task or one twice,
            or --task_type is missing.
    """
    if not config.task_name:
        raise ValueError(
            f"--task_name must be given. Received: {config.task_name!r}. Name "
            f"a task, or {table.CUSTOM} for your own data."
        )
    found: list[table.Task] = []
    for name in config.task_name:
        if name != table.CUSTOM:
            found.append(table.named(name))
            continue
        kind = config.task_type or models_kind
        if not kind:
            raise ValueError(
                "--task_type must be given for your own data: one of "
                f"{', '.join(kinds.KINDS)}. Received: None."
            )
        # An empty cell is a question without an answer; any file may have one.
        found.append(kinds.custom_task(kind, unanswerable=True))
    if len({task.name for task in found}) < len(found):
        raise ValueError(
            "Each task must be named once. Received: "
            f"--task_name={','.join(config.task_name)}."
        )
    if config.metric is not None:
        return [main_metrics.given(found, config.metric)]
    return found


def source(
    config: task_config.DataConfig, task: table.Task
) -> splits.DataSource:
    """Where the data of a task is, according to a config.

    Raises:
        ValueError: settings contradict each other.
    """
    fraction = config.eval_fraction
    if fraction is not None and not 0 < fraction < 1:
        raise ValueError(
            "--eval_fraction must be above 0 and below 1. Received: "
            f"{fraction:g}."
        )
    if fraction and config.eval_file:
        raise ValueError(
            "Only one of --eval_file and --eval_fraction must be given. "
            f"Received: {config.eval_file} and {fraction:g}. Leave one out."
        )
    folds.check(config)
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
        folds=config.folds,
        fold=config.fold or 1,
    )


def evaluation_splits(
    config: task_config.DataConfig, task: table.Task
) -> tuple[str, ...]:
    """The names of the splits to evaluate on."""
    if config.eval_fraction or config.folds:
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
    """The data of a task, according to a config.

    Args:
        max_seq_length: S.
        labels: the classes, in the order of the model's outputs.
        train: the training split, if it has been read.
        any_length: as in `input_pipeline.batches`.
    """
    config = fitted_rows.fitted(config, task, max_seq_length)
    return task_data.TaskData(
        task,
        source(config, task),
        labels,
        tokenizer,
        max_lengths.RowLengths(
            max_seq_length=max_seq_length,
            max_qa_length=config.max_qa_length,
            doc_stride=config.doc_stride,
            max_query_length=config.max_query_length,
            long_texts=config.long_texts,
            max_windows=config.max_windows,
            max_target_length=config.max_target_length,
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
        group_columns=getattr(config, "group_columns", None) or (),
    )


def _cache_dir(config: task_config.TaskConfig) -> str | None:
    """The folder of encoded data; None if the workflow has no output folder."""
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
    """The data of a task for a trained model, according to a config.

    Encoded data is cached beside the checkpoint, as in training.

    Args:
        checkpoint: a folder, or a file in one.
        saved: the model's tasks, according to its files.
        longest: the longest rows that the model can read, used if its maximum
            length in training is not known.
    Returns:
        The data, and the task's entry in task.json.
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
    if not row:  # only the data shows what the model reads
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
    """The data of a task, with a model's tokenizer, lengths and labels.

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


def answer_options(config: task_config.TaskConfig) -> dict[str, int | str]:
    """The settings that an exported model's answers depend on, for
    answer_modules.make."""
    return {
        name: getattr(config, name)
        for name in (
            "long_texts",
            "max_windows",
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
    """The lengths that rows are padded to: those of --length_buckets, or
    `batch_plan.default_lengths`; and those of several windows.

    Raises:
        ValueError: they are not increasing numbers up to max_seq_length.
    """
    found = _row_lengths(config, max_seq_length, any_length)
    if config.long_texts != long_texts.WINDOWS:
        return found
    return batch_plan.with_windows(found, config.max_windows, any_length)


def _row_lengths(
    config: task_config.TaskConfig, max_seq_length: int, any_length: bool
) -> tuple[int, ...]:
    if not config.length_buckets:
        return batch_plan.default_lengths(max_seq_length, any_length)
    given = [*map(str, config.length_buckets)]  # numbers in Python
    found = [int(text) if text.isdecimal() else 0 for text in given]
    if (
        found != sorted(set(found))
        or found[0] < 3
        or (found[-1] != max_seq_length)
    ):
        raise ValueError(
            "--length_buckets must be increasing lengths from 3 on that end "
            f"with --max_seq_length. Received: {','.join(given)}, with "
            f"--max_seq_length={max_seq_length}."
        )
    return tuple(found)
