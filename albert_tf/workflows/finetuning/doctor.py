"""Checks a fine-tuning run before it starts, as flags say."""

import tensorflow as tf
from absl import flags

from albert_tf import config as config_lib
from albert_tf.doctor import devices as devices_lib
from albert_tf.doctor import findings
from albert_tf.doctor import folder as folder_lib
from albert_tf.doctor import task_recipe
from albert_tf.finetuning import seeds
from albert_tf.optimization import recipes
from albert_tf.planning import flops
from albert_tf.training import distribution
from albert_tf.training import finetuning_flags
from albert_tf.training import finetuning_settings
from albert_tf.workflows import doctor_machine
from albert_tf.workflows import doctor_model
from albert_tf.workflows.finetuning import data as finetune_data
from albert_tf.workflows.finetuning import doctor_tasks
from albert_tf.workflows.finetuning import estimate as estimate_finetuning
from albert_tf.workflows.finetuning import finetune
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import task_sample
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.commands import command_line
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.data import learned_labels
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS
# Folders that are looked at.
_MOST_SEEDS = 20


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    found = findings.Findings((*command_line.USER_ERRORS, tf.errors.OpError))
    # Before anything else touches a device.
    devices = doctor_machine.look(found)
    found.faults("flags", finetuning_flags.faults())
    if _FLAGS.output_dir and not _FLAGS.do_train:
        model = _FLAGS.init_checkpoint or _FLAGS.output_dir
        found.attempt("--task_name", trained_model.take_flags, model)
    if _FLAGS.output_dir and _FLAGS.task_name:
        start = _start(found)
        if start is not None:
            _check_all(found, devices, *start)
    findings.show(found)


def _start(found):
    """The tasks and what the run starts from; None where that is not known."""
    flag = "--init_checkpoint"
    if _FLAGS.init_checkpoint == "":
        return None  # which the check of the flags says
    errors = len(found.of("error"))
    path = found.attempt(flag, starting_point.trained_path)
    if len(found.of("error")) > errors:
        return None
    kind = found.attempt(flag, starting_point.models_kind)
    tasks = found.attempt("--task_name", task_settings.tasks, kind)
    if tasks is None:
        return None
    folder = None
    if path is None:
        config = found.attempt(flag, finetuning_settings.config)
    else:
        folder = saved_tasks.folder_of(path)
        config = found.attempt(flag, finetune.config_of, path, tasks[0].name)
    tokenizer = found.attempt("--spm_model_file", _tokenizer, folder)
    if config is None:
        return None
    found.fine(
        flag if path else "--model",
        f"{path or 'random weights'}: {flops.encoder_parameters(config):,} "
        f"parameters, {config.num_hidden_layers} layers of "
        f"{config.hidden_size}.",
    )
    if path is None and _FLAGS.do_train:
        found.warning(
            flag,
            "Training starts from random weights, which seldom learn a task. "
            "Name pretrained ones with --init_checkpoint.",
        )
    _check_vocabulary(found, config, tokenizer)
    return tasks, starting_point.Start(path, folder, config, tokenizer)


def _tokenizer(folder: str | None) -> tokenizer_lib.Tokenizer:
    tokenizer = saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )
    if _FLAGS.do_train and _FLAGS.do_lower_case is None:
        return saved_tasks.resumed(tokenizer, _FLAGS.output_dir)
    return tokenizer


def _check_vocabulary(
    found: findings.Findings,
    config: config_lib.AlbertConfig,
    tokenizer: tokenizer_lib.Tokenizer | None,
) -> None:
    if tokenizer is None:
        return
    found.attempt(
        "--spm_model_file", starting_point.check_pieces, tokenizer, config
    )


def _check_all(found, devices, tasks, start) -> None:
    folder_lib.check_space(
        found,
        _FLAGS.output_dir,
        parameters=flops.encoder_parameters(start.config),
        keep_checkpoint_max=_FLAGS.keep_checkpoint_max,
    )
    if _FLAGS.do_train:
        datas, recipe = _check_training(found, devices, tasks, start)
    else:
        datas, recipe = _trained_datas(found, tasks, start), None
        if devices is not None:
            _check_batches(found, devices)
    for data in datas:
        doctor_tasks.check_other_parts(found, data)
    if len(datas) < len(tasks):
        return
    heads = found.attempt("--early_exit", doctor_model.heads_of, datas, start)
    if heads is not None:
        doctor_model.check(found, start, heads, recipe)


def _trained_datas(found, tasks, start):
    if start.tokenizer is None or start.path is None:
        return []
    return (
        found.attempt(
            "--task_name", trained_model.trained_datas, tasks, start, True
        )
        or []
    )


def _check_training(found, devices, tasks, start):
    """The data of the tasks, as far as they can be read, and the recipe."""
    trains = [
        doctor_tasks.read(found, task, "train", labelled=True) for task in tasks
    ]
    if None in trains:
        for task in tasks if _FLAGS.eval_file else ():
            doctor_tasks.read(found, task, "dev", labelled=True)
        return [], None
    for task, train in zip(tasks, trains, strict=True):
        doctor_tasks.check_classes(found, task, train)
    counts = [task_sample.count(train) for train in trains]
    names = [(task.name, task.kind) for task in tasks]
    recipe = found.attempt(
        "--recipe",
        finetuning_settings.recipe_of_all,
        names,
        start.config,
        counts,
    )
    if recipe is None:
        return [], None
    _check_recipe(found, recipe, tasks, start, counts)
    if devices is not None:
        _check_batches(
            found,
            devices,
            train_batch_size=recipe.batch_size,
            accumulate_steps=_FLAGS.accumulate_steps,
        )
    length = recipe.max_seq_length
    found.attempt(
        "--max_seq_length", starting_point.check_length, length, start.config
    )
    if start.tokenizer is None:
        return [], recipe
    datas = []
    for task, train in zip(tasks, trains, strict=True):
        labels = found.attempt(
            "--init_checkpoint", finetune_data.learnt_labels, task, train, start
        )
        if labels is None:
            labels = learned_labels.of(task, train.examples, train.classes)
        data = found.attempt(
            "--length_buckets",
            task_settings.data,
            task,
            start.tokenizer,
            length,
            labels,
            train,
            any_length=True,
        )
        if data:
            doctor_tasks.check_text(
                found, task, train, data.labels, start.tokenizer, length
            )
            datas.append(data)
    if devices is not None and len(datas) == len(tasks):
        _check_memory(found, devices, tasks, start, datas, recipe)
    errors = len(found.of("error"))
    if _FLAGS.teacher and datas:
        found.attempt("--teacher", finetune_data.check_teacher, datas, recipe)
    # A teacher that is not there decides nothing.
    if len(datas) == len(tasks) and len(found.of("error")) == errors:
        found.attempt(
            "--output_dir", _check_runs, found, devices, start, datas, recipe
        )
    return datas, recipe


def _check_batches(found, devices, **training) -> None:
    others = {
        name: _FLAGS[name].value
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


def _check_recipe(found, recipe, tasks, start, counts) -> None:
    largest = max(range(len(tasks)), key=lambda number: counts[number])
    task, count = tasks[largest], counts[largest]
    usual = recipes.choose(
        task.name if _FLAGS.recipe == "auto" else _FLAGS.recipe,
        task.kind,
        start.config,
        count,
        version=_FLAGS.albert_version and int(_FLAGS.albert_version),
    )
    task_recipe.check(
        found, recipe, usual, sum(counts), _FLAGS.learning_rate is None
    )


def _check_memory(found, devices, tasks, start, datas, recipe) -> None:
    shape = found.attempt(
        "--train_batch_size",
        estimate_finetuning.shape,
        recipe,
        start.config,
        tasks,
        [data.num_classes for data in datas],
        [data.train for data in datas],
        start.tokenizer,
        is_tpu=devices.kind == "TPU",
        replicas=devices.replicas,
    )
    if shape is not None and shape.rows > 0:
        devices_lib.check_memory(found, devices, shape)


def _check_runs(found, devices, start, datas, recipe) -> None:
    """Whether the folder of each seed is free, or that of the same run."""
    config = finetune.with_dropout(start.config, recipe)
    folders = seeds.folders(
        _FLAGS.output_dir,
        _FLAGS.random_seed,
        min(_FLAGS.num_seeds, _MOST_SEEDS),
    )
    for seed, folder in folders.items():
        try:
            settings = finetune.run_settings(
                config,
                recipe,
                datas,
                seed,
                is_tpu=devices is not None and devices.kind == "TPU",
                replicas=1 if devices is None else devices.replicas,
            )
        except ValueError:
            return  # rows of the evaluation data, which are reported as such
        folder_lib.check_run(found, folder, settings)
