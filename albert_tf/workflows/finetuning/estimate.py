"""Estimates the memory, work and time of a fine-tuning run."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf.optimization import recipes
from albert_tf.planning import estimate as estimate_lib
from albert_tf.planning import length_schedule
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import estimates
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import estimate as estimate_config
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import task_sample
from data_pipeline.batches import packing
from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.kinds import learned_labels
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.texts import long_texts
from data_pipeline.text import tokenizers

# Choices per question if there is no data to count them in, as in RACE.
_CHOICES = 4


def estimate(
    config: estimate_config.EstimateFinetuneConfig,
) -> estimates.EstimateResult:
    """Estimates the memory, work and time of a fine-tuning run.

    Args:
        config: the settings of the run, and the devices to estimate for.
    Raises:
        ValueError: settings do not go together, or the data is damaged.
    """
    _check(config)
    config = named_models.fetched(config)
    tasks = from_config.tasks(config)
    _check_counted(tasks)
    path, folder = config.init_checkpoint, None
    albert = starting_point.albert_of_run(config, path, tasks[0].name)
    if path is not None:
        folder = saved_tasks.folder_of(path)
    assumed = [_left_out(config)] if _left_out(config) else []
    tokenizer = None
    if config.spm_model_file or folder:
        tokenizer = saved_tasks.tokenizer(
            config.spm_model_file, folder, config.do_lower_case
        )
    trains = [_train_split(config, task) for task in tasks]
    counts = [
        _count(config, task, train, assumed)
        for task, train in zip(tasks, trains, strict=True)
    ]
    recipe = settings.recipe_of_all(config, tasks, albert, counts)
    starting_point.check_length(recipe.max_seq_length, albert)
    if tokenizer is None or None in trains:
        missing = "a vocabulary" if tokenizer is None else "training data"
        assumed.append(
            f"Without {missing}, every row is assumed to have "
            f"{recipe.max_seq_length} tokens; shorter ones take less."
        )
    found = shape(
        config,
        recipe,
        albert,
        tasks,
        [_classes(*each) for each in zip(tasks, trains, strict=True)],
        trains,
        tokenizer,
        is_tpu=estimates.is_tpu(config),
        replicas=config.estimate_replicas,
    )
    assumed.append(recipes.described(recipe))
    return estimates.result(
        config,
        dataclasses.replace(
            found,
            device_memory_gb=config.device_memory_gb,
            flops_per_second=config.flops_per_second,
        ),
        assumed,
    )


def _check(config: finetune_config.FinetuneConfig) -> None:
    if not config.task_name:
        raise ValueError(
            "--task_name must be given. Received: no --task_name. For your own "
            "data, use --task_name=custom with --task_type=classification or "
            "another kind."
        )
    if config.teacher:
        raise ValueError(
            "An estimate must be made without --teacher, since it does not "
            f"count a teacher. Received: --teacher={config.teacher}. Leave it "
            "out, and add its weights and its forward pass to the estimate."
        )


def _check_counted(tasks: Sequence[table.Task]) -> None:
    for task in tasks:
        if not kinds.KINDS[task.kind].is_counted:
            raise ValueError(
                "An estimate must be for an encoder with a head. Received: "
                f"{task.name}, a task of the kind {task.kind}, whose decoder "
                "is not counted."
            )


def _left_out(config: finetune_config.FinetuneConfig) -> str:
    """Names the settings that the estimate leaves out of account."""
    less = [
        f"--{name}" for name in ("freeze", "lora_rank") if getattr(config, name)
    ]
    more = [
        f"--{name}"
        for name in ("early_exit", "quantization_aware")
        if getattr(config, name)
    ]
    texts = []
    if less:
        texts.append(
            f"With {' and '.join(less)}, the moments and gradients of frozen "
            "weights are still counted: the run takes less."
        )
    if more:
        texts.append(
            f"The extra work of {' and '.join(more)} is not counted: the run "
            "takes a little more."
        )
    if config.long_texts == long_texts.WINDOWS:
        texts.append(
            "Every text is counted with as many windows as the longest has; "
            "batches of shorter texts take less."
        )
    return " ".join(texts)


def _train_split(
    config: finetune_config.FinetuneConfig, task: table.Task
) -> splits.Split | None:
    """The training data; None if the config does not say where it is."""
    source = from_config.source(config, task)
    if not ("train" in source.files or source.data_dir or source.tfds):
        return None
    return split_files.read(task, "train", source, labelled=True)


def _count(
    config: finetune_config.FinetuneConfig,
    task: table.Task,
    train: splits.Split | None,
    assumed: list[str],
) -> int:
    """The number of training examples; adds a note if they are not counted."""
    if train is not None:
        return task_sample.count(train)
    if task.name in recipes.PUBLISHED:
        items = recipes.PUBLISHED[task.name].items
        assumed.append(
            f"{task.name} is assumed to have the {items:,} examples of the "
            "published data; give --data_dir or --train_file to have them "
            "counted."
        )
        return items
    if config.train_step:
        return config.train_step
    raise ValueError(
        "The number of training steps must be known. Received: no data for "
        f"{task.name}, and no --train_step. Give the data with --train_file or "
        "--data_dir, or the number of steps with --train_step."
    )


def _classes(task: table.Task, train: splits.Split | None) -> int:
    labels = list(task.labels)
    if train is not None:
        labels = learned_labels.of(task, train.examples, train.classes)
    return max(len(labels), 2 if task.kind == "span" else 1)


def shape(
    config: finetune_config.FinetuneConfig,
    recipe: recipes.Recipe,
    albert: config_lib.AlbertConfig,
    tasks: Sequence[table.Task],
    classes: Sequence[int],
    trains: Sequence[splits.Split | None],
    tokenizer: tokenizers.Tokenizer | None,
    *,
    is_tpu: bool,
    replicas: int,
) -> estimate_lib.Shape:
    """The shape of a run, for the estimate. With several tasks, the shape of
    the largest.

    Args:
        config: the run's settings.
        recipe: the run's hyperparameters.
        albert: the model's sizes.
        tasks, classes, trains: for each task: the task, its number of classes,
            and its training data, or None if that is unknown.
        tokenizer: the model's tokenizer; None if it is unknown.
        is_tpu, replicas: the run's devices.
    Raises:
        ValueError: an example cannot be encoded.
    """
    how = devices.execution(config, is_tpu)
    samples = []
    known = [train for train in trains if train is not None]
    if tokenizer is not None and len(known) == len(trains):
        samples = [
            task_sample.make(
                config,
                task,
                train,
                learned_labels.of(task, train.examples, train.classes),
                tokenizer,
                recipe.max_seq_length,
            )
            for task, train in zip(tasks, known, strict=True)
        ]
    choices = [_CHOICES * (task.kind == "multiple_choice") for task in tasks]
    if config.long_texts == long_texts.WINDOWS:
        choices = [config.max_windows]
    rows_per_example = max(1, *choices)
    if samples:
        rows_per_example = max(_rows_per_item(sample) for sample in samples)
    batch, phases = _batches(config, recipe, samples, not how.compiled)
    return estimate_lib.Shape(
        config=settings.with_dropout(albert, recipe),
        train_batch_size=batch * rows_per_example,
        phases=phases,
        max_predictions_per_seq=0,
        replicas=replicas,
        accumulate_steps=config.accumulate_steps,
        precision=devices.precision(config, is_tpu),
        depth=how.depth,
        recompute=how.recompute,
        compiled=how.compiled,
        task=estimate_lib.Task(
            classes=max(classes),
            rows_per_example=rows_per_example,
            reads_tokens=any(
                not kinds.KINDS[task.kind].reads_pooled for task in tasks
            ),
        ),
    )


def _rows_per_item(sample: item_features.Features) -> int:
    """The rows of an example; of a text in windows, the most of any, since a
    batch of such texts decides the memory."""
    if sample.window_counts is None:
        return sample.rows_per_item
    return int(sample.window_counts.max(initial=1))


def _batches(
    config: finetune_config.FinetuneConfig,
    recipe: recipes.Recipe,
    samples: Sequence[item_features.Features],
    any_length: bool,
) -> tuple[int, tuple[length_schedule.Phase, ...]]:
    """Returns the rows of a batch, and the steps with rows of each length."""
    longest, steps = recipe.max_seq_length, recipe.num_steps
    batch = recipe.batch_size
    if not samples:
        return batch, (length_schedule.Phase(longest, 0, steps),)
    lengths = np.concatenate(
        [task_sample.lengths(sample, longest) for sample in samples]
    )
    if config.pack:
        rows = len(packing.plan(lengths, longest))
        batch = max(1, round(batch * rows / len(lengths)))
        return batch, (length_schedule.Phase(longest, 0, steps),)
    allowed = from_config.lengths(config, longest, any_length)
    allowed = tuple(length for length in allowed if length <= longest)
    buckets = batch_plan.lengths_in_use(lengths, allowed, 1)
    counts = np.bincount(
        np.searchsorted(buckets, lengths), minlength=len(buckets)
    )
    ends = np.round(steps * np.cumsum(counts) / len(lengths)).astype(int)
    starts = [0, *ends[:-1]]
    return batch, tuple(
        length_schedule.Phase(int(length), int(start), int(end))
        for length, start, end in zip(buckets, starts, ends, strict=True)
    )
