"""Checks a fine-tuning run before it starts."""

from collections.abc import Sequence

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.doctor import devices as doctor_devices
from albert_tf.doctor import findings
from albert_tf.doctor import output_folder
from albert_tf.interop import source_checks
from albert_tf.optimization import recipes
from albert_tf.planning import flops
from albert_tf.workflows.common import doctor_machine
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import checks
from albert_tf.workflows.finetuning import data as data_lib
from albert_tf.workflows.finetuning import doctor_run
from albert_tf.workflows.finetuning import doctor_tasks
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import task_sample
from albert_tf.workflows.finetuning import trained_model
from albert_tf.workflows.finetuning.labels import skew
from data_pipeline.io import errors as errors_lib
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import learned_labels
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


def check_finetuning(
    config: finetune_config.FinetuneConfig,
) -> findings.Findings:
    """Checks a fine-tuning run before it starts.

    Nothing is trained or written. A TPU is started, since only a running one
    reports its replicas and memory.

    Args:
        config: the settings of the run.
    Returns:
        All findings: errors, which would stop the run; warnings; and passed
        checks.

    Example:
        >>> config = albert_tf.FinetuneConfig(output_dir="run", do_train=True)
        >>> found = albert_tf.check_finetuning(config)  # doctest: +SKIP
        >>> [finding.flag for finding in found.of("error")]  # doctest: +SKIP
        ['--task_name']
    """
    found = findings.Findings((*errors_lib.USER_ERRORS, tf.errors.OpError))
    # Must run before anything else touches a device.
    devices = doctor_machine.look(config, found)
    found.faults("flags", checks.faults(config))
    config = found.attempt("names", named_models.fetched, config) or config
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
        start = _start(config, found)
        if start is not None:
            _check_all(config, found, devices, *start)
    return found


def _start(
    config: finetune_config.FinetuneConfig, found: findings.Findings
) -> tuple[list[table.Task], starting_point.Start] | None:
    """The tasks and the starting point of the run; None if they are unknown."""
    flag = "--init_checkpoint"
    if config.init_checkpoint == "":
        return None  # already reported with the flags
    errors = len(found.of("error"))
    path = found.attempt(flag, starting_point.trained_path, config)
    if len(found.of("error")) > errors:
        return None
    kind = found.attempt(flag, starting_point.models_kind, config)
    tasks = found.attempt("--task_name", from_config.tasks, config, kind)
    if tasks is None:
        return None
    folder = None if path is None else saved_tasks.folder_of(path)
    albert = found.attempt(
        flag, starting_point.albert_of_run, config, path, tasks[0].name
    )
    tokenizer = found.attempt(
        "--spm_model_file", starting_point.tokenizer_of_run, config, folder
    )
    if albert is None:
        return None
    found.fine(
        flag if path else "--model",
        f"{path or 'random weights'}: {flops.encoder_parameters(albert):,} "
        f"parameters, {albert.num_hidden_layers} layers of "
        f"{albert.hidden_size}.",
    )
    if path is None and config.do_train:
        found.warning(
            flag,
            "Training starts from random weights, which seldom learn a task. "
            "Give pretrained weights with --init_checkpoint.",
        )
    _check_vocabulary(found, albert, tokenizer)
    return tasks, starting_point.Start(path, folder, albert, tokenizer)


def _check_vocabulary(
    found: findings.Findings,
    albert: config_lib.AlbertConfig,
    tokenizer: tokenizers.Tokenizer | None,
) -> None:
    if tokenizer is None:
        return
    found.attempt(
        "--spm_model_file",
        source_checks.check_vocabulary,
        albert,
        tokenizer.vocab_size,
    )


def _check_all(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    devices: doctor_devices.Devices | None,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
) -> None:
    output_folder.check_space(
        found,
        config.run_dir,
        parameters=flops.encoder_parameters(start.albert),
        keep_checkpoint_max=config.keep_checkpoint_max,
    )
    if config.do_train:
        datas, recipe = _check_training(config, found, devices, tasks, start)
    else:
        datas, recipe = _trained_datas(config, found, tasks, start), None
        if devices is not None:
            doctor_run.check_batches(config, found, devices)
    for data in datas:
        doctor_tasks.check_other_splits(config, found, data)
    if len(datas) < len(tasks):
        return
    heads = found.attempt(
        "--early_exit", doctor_run.heads_of, config, datas, start
    )
    if heads is not None:
        doctor_run.check_model(config, found, start, heads, recipe)


def _trained_datas(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
) -> list[task_data.TaskData]:
    if start.tokenizer is None or start.path is None:
        return []
    loaded = found.attempt(
        "--task_name", trained_model.trained_datas, config, tasks, start, True
    )
    return [] if loaded is None else loaded[1]


def _check_training(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    devices: doctor_devices.Devices | None,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
) -> tuple[list[task_data.TaskData], recipes.Recipe | None]:
    """Returns the readable data of the tasks, and the recipe, if it is
    known."""
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
    found.attempt("--label_smoothing", skew.check, config, tasks)
    config, tasks = data_lib.with_metric(config, tasks, trains)
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
    doctor_run.check_recipe(config, found, recipe, tasks, start, counts)
    if devices is not None:
        doctor_run.check_batches(
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
            found.attempt("--class_weights", skew.class_weights, config, [data])
            datas.append(data)
    if devices is not None and len(datas) == len(tasks):
        doctor_run.check_memory(
            config, found, devices, tasks, start, datas, recipe
        )
    errors = len(found.of("error"))
    if config.teacher and datas:
        found.attempt(
            "--teacher", data_lib.check_teacher, config, datas, recipe
        )
    # Without its teacher, the identity of the run is unknown.
    if len(datas) == len(tasks) and len(found.of("error")) == errors:
        found.attempt(
            "--output_dir",
            doctor_run.check_runs,
            config,
            found,
            devices,
            start,
            datas,
            recipe,
        )
    return datas, recipe
