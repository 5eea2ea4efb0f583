"""Checks the data of a fine-tuning run's tasks."""

import collections
import dataclasses
from typing import Any

from albert_tf.doctor import findings
from albert_tf.doctor import task_data as task_checks
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import task_sample
from data_pipeline.io import errors
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.data import task_data
from data_pipeline.text import tokenizers

_SKIPPED = "Skipped"


def read(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    task: table.Task,
    name: str,
    **options: Any,
) -> splits.Split | None:
    """Reads a split, and reports all of its bad rows.

    Args:
        config: the run's settings.
        found: collects the findings.
        task: the task that the split belongs to.
        name: the split's name.
        **options: arguments of `split_files.read`.
    Returns:
        The split; None if it cannot be read.
    """
    flag = f"--{splits.flag_of(name)}"
    source = found.attempt("--task_type", from_config.source, config, task)
    if source is None:
        return None
    if name not in source.files and task.name != table.CUSTOM:
        flag = "--data_dir"
    said: list[str] = []

    def read_all() -> splits.Split:
        with findings.heard() as warnings:
            try:
                return split_files.read(
                    task,
                    name,
                    dataclasses.replace(source, on_bad_row="skip"),
                    **options,
                )
            except errors.USER_ERRORS as error:
                first = _first_bad_row(warnings)
                raise ValueError(f"{error} {first}".strip()) from None
            finally:
                said.extend(warnings)

    split = found.attempt(flag, read_all)
    for text in said:
        if not text.startswith(_SKIPPED):
            found.warning(flag, text)
    if split is None:
        return None
    count, total = task_sample.count(split), len(split.examples)
    if count < total:
        task_checks.check_bad_rows(
            found,
            flag,
            path=split.path,
            bad=total - count,
            total=total,
            first=_first_bad_row(said),
            stops=config.on_bad_row == "stop",
        )
    else:
        found.fine(flag, f"{total:,} examples in {split.path}, no bad rows.")
    return split


def check_classes(
    found: findings.Findings, task: table.Task, split: splits.Split
) -> None:
    """Checks that each class has enough training examples."""
    kind = kinds.of(task)
    if not kind.has_class_names:
        return
    counts: collections.Counter[str] = collections.Counter()
    for example in split.examples:
        if example is not None:
            counts.update(example.classes)
    (column,) = kind.targets(file_columns.Columns(task.kind))
    task_checks.check_classes(
        found,
        "--train_file",
        counts,
        task_sample.count(split),
        f"--{column}_column",
    )


def check_text(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    task: table.Task,
    split: splits.Split,
    labels: list[str],
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
) -> None:
    """Checks that the vocabulary and the row length fit the training data."""
    sample = found.attempt(
        "--max_seq_length",
        task_sample.make,
        config,
        task,
        split,
        labels,
        tokenizer,
        max_seq_length,
    )
    if sample is None or not len(sample):
        return
    ids = sample.sequences["token_ids"]
    task_checks.check_pieces(
        found,
        "--spm_model_file" if config.spm_model_file else "--init_checkpoint",
        float((ids == tokenizer.unk_id).mean()),
        len(sample),
    )
    if sample.window_counts is not None:
        assert sample.is_cut is not None
        task_checks.check_windows(
            found,
            cut=float(sample.is_cut.mean()),
            most=int(sample.window_counts.max()),
            rows=len(sample),
            max_windows=config.max_windows,
        )
    elif not kinds.of(task).has_windows:
        task_checks.check_lengths(
            found,
            cut=float((sample.lengths > max_seq_length).mean()),
            longest=int(sample.lengths.max()),
            rows=len(sample),
            max_seq_length=max_seq_length,
        )


def check_other_splits(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    data: task_data.TaskData,
) -> None:
    """Checks that the data to evaluate and to predict exists and is readable.

    Args:
        config: the run's settings.
        found: collects the findings.
        data: the task's data.
    """
    task, labels = data.task, data.labels
    flag = "--eval_file" if task.name == table.CUSTOM else "--data_dir"
    for name in data.evaluation_splits:
        if data.exists(name):
            scheme = data.scheme if labels else None
            split = read(
                config,
                found,
                task,
                name,
                labelled=True,
                labels=labels,
                scheme=scheme,
            )
            if split is not None and data.train is not None:
                task_checks.check_held_out(
                    found,
                    flag,
                    shared=_count_shared(data.train, split),
                    total=task_sample.count(split),
                    path=split.path,
                )
        elif config.do_eval:
            found.error(
                flag,
                f"--do_eval must have data to evaluate on. Received: no {name} "
                f"data for {task.name}. Name a file with --eval_file, or leave "
                "--do_eval out.",
            )
        else:
            found.warning(
                flag,
                f"There is no {name} data for {task.name}, so the run cannot "
                "detect overfitting, and its last checkpoint counts as the "
                "best. Name a file with --eval_file.",
            )
    if not data.evaluation_splits and config.do_eval:
        found.error(
            "--do_eval",
            f"The evaluation data of {task.name} must have labels. Received: "
            "--do_eval, and data without labels. Use --do_predict instead.",
        )
    if not config.do_predict:
        return
    there = [name for name in data.test_splits if data.exists(name)]
    for name in there:
        read(config, found, task, name, labelled=False)
    if not there:
        found.error(
            "--predict_file" if task.name == table.CUSTOM else "--data_dir",
            "--do_predict must have data to predict. Received: no "
            f"{' or '.join(data.test_splits)} data for {task.name}. Name a "
            "file with --predict_file, or leave --do_predict out.",
        )


def _count_shared(train: splits.Split, split: splits.Split) -> int:
    """Counts the examples of a split that are also in the training data."""
    known = {
        dataclasses.replace(example, id="")
        for example in train.examples
        if example is not None
    }
    return sum(
        example is not None and dataclasses.replace(example, id="") in known
        for example in split.examples
    )


def _first_bad_row(said: list[str]) -> str:
    """The problem of the first row that was skipped."""
    for text in said:
        if text.startswith(f"{_SKIPPED}: "):
            return text.removeprefix(f"{_SKIPPED}: ")
    return ""
