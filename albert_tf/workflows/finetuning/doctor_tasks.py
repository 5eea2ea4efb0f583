"""What the doctor looks at of the data of tasks."""

import collections
import dataclasses

from albert_tf.doctor import findings
from albert_tf.doctor import task_data as judge
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import task_sample
from data_pipeline.io import errors as errors_lib
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files

_SKIPPED = "Skipped"


def read(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    task: table.Task,
    name: str,
    **how,
) -> splits.Split | None:
    """Reads a split, with all of its bad rows; None where it cannot be read.

    Args:
        found: where it goes.
        task: whose split.
        name: of the split.
        **how: as in `split_files.read`.
    """
    flag = f"--{splits.flag_of(name)}"
    source = found.attempt("--task_type", from_config.source, config, task)
    if source is None:
        return None
    if name not in source.files and task.name != table.CUSTOM:
        flag = "--data_dir"
    said: list[str] = []

    def read_all():
        with findings.heard() as warnings:
            try:
                return split_files.read(
                    task,
                    name,
                    dataclasses.replace(source, on_bad_row="skip"),
                    **how,
                )
            except errors_lib.USER_ERRORS as error:
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
        judge.check_bad_rows(
            found,
            flag,
            path=split.path,
            bad=total - count,
            total=total,
            first=_first_bad_row(said),
            stops=config.on_bad_row == "stop",
        )
    else:
        found.fine(flag, f"{total:,} examples in {split.path}, none is bad.")
    return split


def check_classes(
    found: findings.Findings, task: table.Task, split: splits.Split
) -> None:
    """Whether the classes of the training data can be learnt."""
    kind = kinds.of(task)
    if not kind.has_class_names:
        return
    counts: collections.Counter[str] = collections.Counter()
    for example in split.examples:
        if example is not None:
            counts.update(example.classes)
    (column,) = kind.targets(file_columns.Columns(task.kind))
    judge.check_classes(
        found,
        "--train_file",
        counts,
        task_sample.count(split),
        f"--{column}_column",
    )


def check_text(
    config: finetune_config.FinetuneConfig,
    found,
    task,
    split,
    labels,
    tokenizer,
    max_seq_length,
) -> None:
    """Whether vocabulary and lengths are right for the training data."""
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
    judge.check_pieces(
        found,
        "--spm_model_file" if config.spm_model_file else "--init_checkpoint",
        float((ids == tokenizer.unk_id).mean()),
        len(sample),
    )
    if not kinds.of(task).has_windows:
        judge.check_lengths(
            found,
            cut=float((sample.lengths > max_seq_length).mean()),
            longest=int(sample.lengths.max()),
            rows=len(sample),
            max_seq_length=max_seq_length,
        )


def check_other_splits(
    config: finetune_config.FinetuneConfig, found: findings.Findings, data
) -> None:
    """Whether what is evaluated and predicted is there and can be read.

    Args:
        found: where it goes.
        data: data_pipeline's TaskData.
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
                judge.check_held_out(
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
                f"of {task.name}. Name it with --eval_file, or leave --do_eval "
                "out.",
            )
        else:
            found.warning(
                flag,
                f"There is no {name} of {task.name}: a run does not see "
                "whether it learns by heart, and its last checkpoint counts "
                "as the best. Name a file with --eval_file.",
            )
    if not data.evaluation_splits and config.do_eval:
        found.error(
            "--do_eval",
            f"The data to evaluate {task.name} on must have labels. Received: "
            "--do_eval, and no labels. Use --do_predict.",
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
            f"{' or '.join(data.test_splits)} of {task.name}. Name it with "
            "--predict_file, or leave --do_predict out.",
        )


def _count_shared(train: splits.Split, split: splits.Split) -> int:
    """The examples of a split that are in the training data too."""
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
    """What is wrong with the first row that was skipped."""
    for text in said:
        if text.startswith(f"{_SKIPPED}: "):
            return text.removeprefix(f"{_SKIPPED}: ")
    return ""
