"""Estimates what a fine-tuning run will take, as flags say."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from absl import flags

from albert_tf import config as config_lib
from albert_tf.finetuning import task_kinds
from albert_tf.optimization import recipes
from albert_tf.planning import estimate as estimate_lib
from albert_tf.planning import length_schedule
from albert_tf.training import device_settings
from albert_tf.training import finetuning_settings
from albert_tf.workflows.finetuning import finetune
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import task_sample
from albert_tf.workflows.pretraining import estimate
from data_pipeline.batches import packing
from data_pipeline.commands import command_line
from data_pipeline.tasks import parts
from data_pipeline.tasks import table
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.data import learned_labels
from data_pipeline.tasks.data import part_files
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS
# Choices of a question, where the data is not there to be counted: RACE's.
_CHOICES = 4


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    _check_flags()
    tasks = task_settings.tasks()
    path, folder = _FLAGS.init_checkpoint, None
    if path is None:
        config = finetuning_settings.config()
    else:
        folder = saved_tasks.folder_of(path)
        config = finetune.config_of(path, tasks[0].name)
    assumed = [_left_out()] if _left_out() else []
    tokenizer = None
    if _FLAGS.spm_model_file or folder:
        tokenizer = saved_tasks.tokenizer(
            _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
        )
    trains = [_train_part(task) for task in tasks]
    counts = [
        _count(task, train, assumed)
        for task, train in zip(tasks, trains, strict=True)
    ]
    recipe = finetuning_settings.recipe_of_all(
        [(task.name, task.kind) for task in tasks], config, counts
    )
    starting_point.check_length(recipe.max_seq_length, config)
    if tokenizer is None or None in trains:
        missing = "a vocabulary" if tokenizer is None else "training data"
        assumed.append(
            f"Without {missing}, every row is taken to have "
            f"{recipe.max_seq_length} tokens; shorter ones take less."
        )
    found = shape(
        recipe,
        config,
        tasks,
        [_classes(*each) for each in zip(tasks, trains, strict=True)],
        trains,
        tokenizer,
        is_tpu=estimate.is_tpu(),
        replicas=_FLAGS.estimate_replicas,
    )
    assumed.append(recipes.described(recipe))
    estimate.show(
        dataclasses.replace(
            found,
            device_memory_gb=_FLAGS.device_memory_gb,
            flops_per_second=_FLAGS.flops_per_second,
        ),
        assumed,
    )


def _check_flags() -> None:
    if not _FLAGS.task_name:
        raise ValueError(
            "--task_name must be given. Received: none. Data of your own takes "
            "--task_name=custom --task_type=classification, or another kind."
        )
    if _FLAGS.teacher:
        raise ValueError(
            "The estimate must be made without --teacher, which it does not "
            f"count. Received: --teacher={_FLAGS.teacher}. Leave the teacher "
            "out, and add its weights and its forward pass to the estimate."
        )


def _left_out() -> str:
    """What changes the numbers a little and is not counted."""
    less = [
        f"--{name}" for name in ("freeze", "lora_rank") if _FLAGS[name].value
    ]
    more = [
        f"--{name}"
        for name in ("early_exit", "quantization_aware")
        if _FLAGS[name].value
    ]
    texts = []
    if less:
        texts.append(
            f"With {' and '.join(less)}, moments and gradients of frozen "
            "weights are counted too: the run takes less."
        )
    if more:
        texts.append(
            f"What {' and '.join(more)} adds to a step is not counted: the "
            "run takes a little more."
        )
    return " ".join(texts)


def _train_part(task: table.Task) -> parts.Part | None:
    """The training data, where flags say where it is."""
    source = task_settings.source(task)
    if not ("train" in source.files or source.data_dir or source.tfds):
        return None
    return part_files.read(task, "train", source, labelled=True)


def _count(task, train, assumed: list[str]) -> int:
    """Examples to train on; notes where they are not counted."""
    if train is not None:
        return task_sample.count(train)
    if task.name in recipes.PUBLISHED:
        items = recipes.PUBLISHED[task.name].items
        assumed.append(
            f"{task.name} has the {items:,} examples of the published data; "
            "--data_dir or --train_file would have them counted."
        )
        return items
    if _FLAGS.train_step:
        return _FLAGS.train_step
    raise ValueError(
        "The number of steps must be known. Received: no data of "
        f"{task.name}, and no --train_step. Name the data with --train_file "
        "or --data_dir, or the steps with --train_step."
    )


def _classes(task: table.Task, train: parts.Part | None) -> int:
    labels = list(task.labels)
    if train is not None:
        labels = learned_labels.of(task, train.examples, train.classes)
    return max(len(labels), 2 if task.kind == "span" else 1)


def shape(
    recipe: recipes.Recipe,
    config: config_lib.AlbertConfig,
    tasks: Sequence[table.Task],
    classes: Sequence[int],
    trains: Sequence[parts.Part | None],
    tokenizer: tokenizer_lib.Tokenizer | None,
    *,
    is_tpu: bool,
    replicas: int,
) -> estimate_lib.Shape:
    """What `estimate` asks for, of several tasks for the largest of them.

    Args:
        recipe: of the run.
        config: of the weights.
        tasks, classes, trains: each with its classes and its training data,
            if that is known.
        tokenizer: of the model, if it is known.
        is_tpu, replicas: where the run will be.
    Raises:
        ValueError: rows of the data cannot be made.
    """
    how = device_settings.execution(is_tpu)
    samples = []
    if tokenizer is not None and None not in trains:
        samples = [
            task_sample.make(
                task,
                train,
                learned_labels.of(task, train.examples, train.classes),
                tokenizer,
                recipe.max_seq_length,
            )
            for task, train in zip(tasks, trains, strict=True)
        ]
    choices = [_CHOICES * (task.kind == "multiple_choice") for task in tasks]
    choices += [sample.rows_per_item for sample in samples]
    rows_per_example = max(1, *choices)
    if samples:
        rows_per_example = max(sample.rows_per_item for sample in samples)
    batch, phases = _batches(recipe, samples, not how.compiled)
    return estimate_lib.Shape(
        config=finetune.with_dropout(config, recipe),
        train_batch_size=batch * rows_per_example,
        phases=phases,
        max_predictions_per_seq=0,
        replicas=replicas,
        accumulate_steps=_FLAGS.accumulate_steps,
        precision=device_settings.precision(is_tpu),
        depth=how.depth,
        recompute=how.recompute,
        compiled=how.compiled,
        task=estimate_lib.Task(
            classes=max(classes),
            rows_per_example=rows_per_example,
            reads_tokens=any(
                task.kind in task_kinds.WITHOUT_POOLER for task in tasks
            ),
        ),
    )


def _batches(recipe, samples, any_length: bool):
    """Examples of a batch, and how many steps have rows of each length."""
    longest, steps = recipe.max_seq_length, recipe.num_steps
    batch = recipe.batch_size
    if not samples:
        return batch, (length_schedule.Phase(longest, 0, steps),)
    lengths = np.concatenate(
        [task_sample.lengths(sample, longest) for sample in samples]
    )
    if _FLAGS.pack:
        rows = len(packing.plan(lengths, longest))
        batch = max(1, round(batch * rows / len(lengths)))
        return batch, (length_schedule.Phase(longest, 0, steps),)
    buckets = batch_plan.lengths_in_use(
        lengths, task_settings.lengths(longest, any_length), 1
    )
    counts = np.bincount(
        np.searchsorted(buckets, lengths), minlength=len(buckets)
    )
    ends = np.round(steps * np.cumsum(counts) / len(lengths)).astype(int)
    starts = [0, *ends[:-1]]
    return batch, tuple(
        length_schedule.Phase(int(length), int(start), int(end))
        for length, start, end in zip(buckets, starts, ends, strict=True)
    )
