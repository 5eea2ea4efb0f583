"""Checks a fine-tuning run before it starts."""

import functools

import tensorflow as tf

from albert_tf.doctor import devices as devices_lib
from albert_tf.doctor import findings
from albert_tf.doctor import folder as folder_lib
from albert_tf.doctor import task_recipe
from albert_tf.planning import flops
from albert_tf.runs import seeds
from albert_tf.training import distribution
from albert_tf.workflows.common import doctor_machine
from albert_tf.workflows.common import past_command
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import checks
from albert_tf.workflows.finetuning import data as data_lib
from albert_tf.workflows.finetuning import doctor_model
from albert_tf.workflows.finetuning import doctor_tasks
from albert_tf.workflows.finetuning import estimate as estimate_finetuning
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import task_sample
from data_pipeline.io import errors as errors_lib
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import learned_labels
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks

# Folders that are looked at.
_MOST_SEEDS = 20


def check_finetuning(
    config: finetune_config.FinetuneConfig,
) -> findings.Findings:
    """Checks a fine-tuning run before it starts.

    Nothing is trained or written. A TPU is started, since nothing else tells
    what it has.

    Args:
        config: the settings of the run.
    Returns:
        Everything that was found: errors, which would stop the run; warnings;
        and what is fine.

    Example:
        >>> config = albert_tf.FinetuneConfig(output_dir="run", do_train=True)
        >>> found = albert_tf.check_finetuning(config)  # doctest: +SKIP
        >>> [finding.flag for finding in found.of("error")]  # doctest: +SKIP
        ['--task_name']
    """
    found = findings.Findings((*errors_lib.USER_ERRORS, tf.errors.OpError))
    # Before anything else touches a device.
    devices = doctor_machine.look(config, found)
    found.faults("flags", checks.faults(config))
    if config.output_dir and not config.do_train:
        model = config.init_checkpoint or config.output_dir
        taken = found.attempt(
            "--task_name",
            remembered.take,
            config,
            saved_tasks.folder_of(model),
        )
        config = taken or config
    if config.output_dir and config.task_name:
        start = doctor_model.start_of(config, found)
        if start is not None:
            _check_all(config, found, devices, *start)
    return found


def _check_all(
    config: finetune_config.FinetuneConfig, found, devices, tasks, start
) -> None:
    assert config.output_dir is not None
    folder_lib.check_space(
        found,
        config.output_dir,
        parameters=flops.encoder_parameters(start.albert),
        keep_checkpoint_max=config.keep_checkpoint_max,
    )
    if config.do_train:
        datas, recipe = _check_training(config, found, devices, tasks, start)
    else:
        recipe = None
        datas = doctor_model.trained_datas(config, found, tasks, start)
        if devices is not None:
            _check_batches(config, found, devices)
    for data in datas:
        doctor_tasks.check_other_parts(config, found, data)
    if len(datas) < len(tasks):
        return
    heads = found.attempt(
        "--early_exit", doctor_model.heads_of, config, datas, start
    )
    if heads is not None:
        doctor_model.check(config, found, start, heads, recipe)


def _check_training(
    config: finetune_config.FinetuneConfig, found, devices, tasks, start
):
    """The data of the tasks, as far as they can be read, and the recipe."""
    read = [
        doctor_tasks.read(config, found, task, "train", labelled=True)
        for task in tasks
    ]
    trains = [train for train in read if train is not None]
    if len(trains) < len(tasks):
        for task in tasks if config.eval_file else ():
            doctor_tasks.read(config, found, task, "dev", labelled=True)
        return [], None
    for task, train in zip(tasks, trains, strict=True):
        doctor_tasks.check_classes(found, task, train)
    counts = [task_sample.count(train) for train in trains]
    recipe = found.attempt(
        "--recipe",
        settings.recipe_of_all,
        config,
        tasks,
        start.albert,
        counts,
    )
    if recipe is None:
        return [], None
    _check_recipe(config, found, recipe, tasks, start, counts)
    if devices is not None:
        _check_batches(
            config,
            found,
            devices,
            train_batch_size=recipe.batch_size,
            accumulate_steps=config.accumulate_steps,
        )
    length = recipe.max_seq_length
    found.attempt(
        "--max_seq_length", starting_point.check_length, length, start.albert
    )
    if start.tokenizer is None:
        return [], recipe
    config = (
        found.attempt(
            "--max_seq_length", data_lib.fitted, config, tasks, length
        )
        or config
    )
    datas = []
    for task, train in zip(tasks, trains, strict=True):
        labels = found.attempt(
            "--init_checkpoint",
            data_lib.learnt_labels,
            config,
            task,
            train,
            start,
        )
        if labels is None:
            labels = learned_labels.of(task, train.examples, train.classes)
        data = found.attempt(
            "--length_buckets",
            from_config.data,
            config,
            task,
            start.tokenizer,
            length,
            labels,
            train,
            any_length=True,
        )
        if data:
            doctor_tasks.check_text(
                config, found, task, train, data.labels, start.tokenizer, length
            )
            datas.append(data)
    if devices is not None and len(datas) == len(tasks):
        _check_memory(config, found, devices, tasks, start, datas, recipe)
    errors = len(found.of("error"))
    if config.teacher and datas:
        found.attempt(
            "--teacher", data_lib.check_teacher, config, datas, recipe
        )
    # A teacher that is not there decides nothing.
    if len(datas) == len(tasks) and len(found.of("error")) == errors:
        found.attempt(
            "--output_dir",
            _check_runs,
            config,
            found,
            devices,
            start,
            datas,
            recipe,
        )
    return datas, recipe


def _check_batches(
    config: finetune_config.FinetuneConfig, found, devices, **training
) -> None:
    others = {
        name: getattr(config, name)
        for name in ("eval_batch_size", "predict_batch_size")
    }
    if training:
        devices_lib.check_batches(found, devices, **training, **others)
        return
    for name, size in others.items():
        found.attempt(
            f"--{name}",
            distribution.check_batch_size,
            name,
            size,
            devices.replicas,
        )


def _check_recipe(
    config: finetune_config.FinetuneConfig, found, recipe, tasks, start, counts
) -> None:
    largest = max(range(len(tasks)), key=lambda number: counts[number])
    task, count = tasks[largest], counts[largest]
    usual = settings.usual_recipe(config, task, start.albert, count)
    task_recipe.check(
        found, recipe, usual, sum(counts), config.learning_rate is None
    )


def _check_memory(
    config: finetune_config.FinetuneConfig,
    found,
    devices,
    tasks,
    start,
    datas,
    recipe,
) -> None:
    shape = found.attempt(
        "--train_batch_size",
        estimate_finetuning.shape,
        config,
        recipe,
        start.albert,
        tasks,
        [data.num_classes for data in datas],
        [data.train for data in datas],
        start.tokenizer,
        is_tpu=devices.kind == "TPU",
        replicas=devices.replicas,
    )
    if shape is not None and shape.rows > 0:
        devices_lib.check_memory(found, devices, shape)


def _check_runs(
    config: finetune_config.FinetuneConfig, found, devices, start, datas, recipe
) -> None:
    """Whether the folder of each seed is free, or that of the same run."""
    assert config.output_dir is not None
    albert = settings.with_dropout(start.albert, recipe)
    folders = seeds.folders(
        config.output_dir,
        config.random_seed,
        min(config.num_seeds, _MOST_SEEDS),
    )
    for seed, folder in folders.items():
        try:
            decisive = settings.run_settings(
                config,
                albert,
                recipe,
                datas,
                seed,
                is_tpu=devices is not None and devices.kind == "TPU",
                replicas=1 if devices is None else devices.replicas,
            )
        except ValueError:
            return  # rows of the evaluation data, which are reported as such
        folder_lib.check_run(
            found,
            folder,
            decisive,
            functools.partial(past_command.values, type(config)),
        )
