"""Fine-tunes an ALBERT on tasks, evaluates it, and predicts, as flags say."""

import dataclasses
import functools
import os
from typing import Any

import albert_tf  # before tensorflow

# isort: split
import tensorflow as tf
from absl import flags
from absl import logging

from albert_tf.compression import distillation_settings
from albert_tf.finetuning import failed_runs
from albert_tf.finetuning import network as network_lib
from albert_tf.finetuning import seeds
from albert_tf.finetuning import training as finetuning
from albert_tf.interop import loading
from albert_tf.runs import environment
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.training import checkpoints
from albert_tf.training import decisive_flags
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.training import finetuning_flags
from albert_tf.training import finetuning_settings
from albert_tf.training import machines
from albert_tf.workflows.finetuning import data as finetune_data
from albert_tf.workflows.finetuning import evaluate
from albert_tf.workflows.finetuning import one_run
from albert_tf.workflows.finetuning import predict_parts
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.commands import command_line
from data_pipeline.io import outputs
from data_pipeline.tasks import remembered_flags
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.data import part_checks
from data_pipeline.tasks.data import training_batches
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    finetuning_flags.check()
    outputs.check_folder(_FLAGS.output_dir, "--output_dir")
    strategy = device_settings.make_strategy()
    for name in ("eval_batch_size", "predict_batch_size"):
        distribution.check_batch_size(
            name, _FLAGS[name].value, strategy.num_replicas_in_sync
        )
    what = "fine-tuning" if _FLAGS.do_train else "evaluating or predicting"
    with one_run.held(strategy, _FLAGS.output_dir, what):
        _run(strategy)


def _run(strategy) -> None:
    with machines.together(strategy):
        if not _FLAGS.do_train:
            trained_model.take_flags(
                _FLAGS.init_checkpoint or _FLAGS.output_dir
            )
        path = starting_point.trained_path()
        tasks = task_settings.tasks(starting_point.models_kind())
        part_checks.check_parts(
            tasks,
            trains=_FLAGS.do_train,
            evaluates=_FLAGS.do_eval,
            predicts=_FLAGS.do_predict,
        )
        start = _start(path, tasks)
    if _FLAGS.do_train:
        try:
            network, datas = _train(strategy, tasks, start)
        except failed_runs.FailedRun as error:
            raise ValueError(str(error)) from None
        if distribution.is_chief(strategy):  # whose folder has checkpoints
            path = run_checkpoint.find(_FLAGS.output_dir)
    else:
        network, datas = trained_model.load(
            strategy,
            tasks,
            start,
            span_head=_FLAGS.span_head,
            allow_partial_init=_FLAGS.allow_partial_init,
        )
    if _FLAGS.exit_patience:
        network.leave_early(_FLAGS.exit_patience, _FLAGS.exit_threshold)
    if _FLAGS.do_eval:
        evaluate.record(
            strategy,
            network,
            datas,
            path,
            _FLAGS.output_dir,
            is_training=_FLAGS.do_train,
            **_exit_settings(),
        )
    if _FLAGS.do_predict:
        predict_parts.write(
            strategy,
            network,
            datas,
            path,
            _FLAGS.output_dir,
            **_exit_settings(),
        )


def _exit_settings() -> dict[str, float | None]:
    patience = _FLAGS.exit_patience
    return {
        "exit_patience": patience,
        "exit_threshold": _FLAGS.exit_threshold if patience else None,
    }


def _start(path: str | None, tasks) -> starting_point.Start:
    folder = None
    if path is None:
        config = finetuning_settings.config()
    else:
        folder = saved_tasks.folder_of(path)
        config = config_of(path, tasks[0].name)
    tokenizer = saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )
    if _FLAGS.do_train and _FLAGS.do_lower_case is None:
        tokenizer = saved_tasks.resumed(tokenizer, _FLAGS.output_dir)
    starting_point.check_pieces(tokenizer, config)
    return starting_point.Start(path, folder, config, tokenizer)


def config_of(path: str, task: str) -> albert_tf.AlbertConfig:
    """The config of weights, with what flags change of it."""
    return finetuning_settings.with_depth(
        starting_point.config_of(path, task, _FLAGS.allow_partial_init)
    )


def _train(strategy, tasks, start):
    """Trains one seed after the other; the network of the best."""
    folders = seeds.folders(
        _FLAGS.output_dir, _FLAGS.random_seed, _FLAGS.num_seeds
    )
    with machines.together(strategy):
        datas, recipe = finetune_data.prepare(strategy, tasks, start)
        if _FLAGS.teacher:
            finetune_data.check_teacher(datas, recipe)
        can_evaluate = _can_evaluate(datas)
        for data in datas:
            part_checks.check_rows(data, can_evaluate, _FLAGS.do_predict)
    if not can_evaluate:
        logging.warning(
            "There is no data to evaluate on, so that the last checkpoint "
            "counts as the best. --eval_file names some, and --eval_fraction "
            "holds out training rows."
        )
    results, failures = {}, {}
    for seed, folder in folders.items():
        try:
            network, results[seed] = _train_one(
                strategy, start, recipe, datas, seed, folder
            )
        except failed_runs.FailedRun as error:
            failures[seed] = str(error)
            if len(failures) == len(folders):
                raise  # none is left that may do better
            logging.warning("Seed %d failed. %s", seed, error)
    if len(folders) > 1:
        best = seeds.report(_FLAGS.output_dir, folders, results, failures)
        network.initialize(folders[best])
    return network, datas


def with_dropout(config, recipe) -> albert_tf.AlbertConfig:
    """The config as it is trained."""
    return dataclasses.replace(
        config,
        hidden_dropout_prob=recipe.dropout_prob,
        attention_probs_dropout_prob=recipe.dropout_prob,
    )


def _train_one(strategy, start, recipe, datas, seed, folder):
    config = with_dropout(start.config, recipe)
    distribution.check_batch_size(
        "train_batch_size",
        recipe.batch_size,
        strategy.num_replicas_in_sync,
        _FLAGS.accumulate_steps,
    )
    with machines.together(strategy) as same:
        same |= _claim(strategy, config, recipe, datas, seed, folder)
    batches = training_batches.TrainingBatches(
        strategy,
        datas,
        num_steps=recipe.num_steps,
        batch_size=recipe.batch_size,
        sampling_power=_FLAGS.task_sampling_power,
        accumulate_steps=_FLAGS.accumulate_steps,
    )
    network, result = finetuning.train(
        strategy,
        finetuning_settings.settings(
            recipe,
            config,
            {data.task.name: new_head(data) for data in datas},
            start.path,
            seed,
            distribution.is_tpu(strategy),
        ),
        finetuning.Data(
            batches.plan,
            batches.of_kind,
            functools.partial(evaluate.score, strategy, datas)
            if _can_evaluate(datas)
            else None,
            lambda values: -values["score"],
            batches.chance_loss,
        ),
        finetuning_settings.schedule(recipe),
        folder,
    )
    scores = [
        row["score"]
        for row in run_folder.read_metrics(folder)
        if row["kind"] == "eval"
    ]
    return network, {**result, "score": max(scores, default=None)}


def new_head(data) -> network_lib.Head:
    """The head that training makes."""
    return finetuning_settings.head(
        data.task.kind,
        data.task.unanswerable,
        data.num_classes,
        _FLAGS.early_exit,
        span_head=_FLAGS.span_head,
    )


def run_settings(
    config, recipe, datas, seed, *, is_tpu: bool, replicas: int
) -> dict[str, Any]:
    """All that decides the numbers of a run; resuming compares it."""
    return {
        **finetuning_settings.decisive(recipe, seed, is_tpu),
        **distillation_settings.decisive(datas[0].task.name),
        "labels": {data.task.name: data.labels for data in datas},
        "data": {data.task.name: data.fingerprint("train") for data in datas},
        "eval_data": _can_evaluate(datas)
        and {
            data.task.name: [*map(data.fingerprint, data.evaluation_parts)]
            for data in datas
        },
        "config": config.to_dict(),
        "tokenizer": datas[0].tokenizer.fingerprint,
        "batches": {
            "lengths": {data.task.name: data.lengths for data in datas},
            "any_length": datas[0].any_length,
            # Packed rows divide into these.
            "parts": replicas * _FLAGS.accumulate_steps
            if _FLAGS.pack
            else None,
        },
    }


def _can_evaluate(datas) -> bool:
    return all(
        data.evaluation_parts and all(map(data.exists, data.evaluation_parts))
        for data in datas
    )


def _claim(strategy, config, recipe, datas, seed, folder) -> dict[str, Any]:
    """Makes the folder this run's, with all that a checkpoint needs.

    Returns:
        the settings that decide the run's numbers.
    """
    settings = run_settings(
        config,
        recipe,
        datas,
        seed,
        is_tpu=distribution.is_tpu(strategy),
        replicas=strategy.num_replicas_in_sync,
    )
    if distribution.is_chief(strategy):
        execution = device_settings.described(strategy)
        run_folder.claim(folder, settings, environment.describe(execution))
        best = os.path.join(folder, checkpoints.BEST_FOLDER)
        for place in {folder, best, _FLAGS.output_dir}:
            tf.io.gfile.makedirs(place)
            run_folder.write_json(
                os.path.join(place, loading.CONFIG_FILE), config.to_dict()
            )
            saved_tasks.write(
                place,
                {data.task.name: data.saved_row for data in datas},
                recipe.max_seq_length,
                datas[0].tokenizer,
                # best/ is what is copied elsewhere.
                remembered_flags.given(with_places=place != best),
            )
    return decisive_flags.without_places(settings)
