"""Fine-tunes an ALBERT on tasks, evaluates it, and predicts, as flags say."""

import dataclasses
import functools
import os
from typing import Any

import albert_tf  # before tensorflow

# isort: split
import tensorflow as tf
from absl import logging

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
from albert_tf.training import distribution
from albert_tf.training import finetuning_flags
from albert_tf.training import machines
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import one_run
from albert_tf.workflows.common import teacher as teacher_lib
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import data as finetune_data
from albert_tf.workflows.finetuning import evaluate
from albert_tf.workflows.finetuning import predict_parts
from albert_tf.workflows.finetuning import settings as settings_lib
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.commands import command_line
from data_pipeline.io import outputs
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import part_checks
from data_pipeline.tasks.data import training_batches
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    finetuning_flags.check()
    outputs.check_folder(config.output_dir, "--output_dir")
    strategy = devices.make_strategy()
    for name in ("eval_batch_size", "predict_batch_size"):
        distribution.check_batch_size(
            name, getattr(config, name), strategy.num_replicas_in_sync
        )
    what = "fine-tuning" if config.do_train else "evaluating or predicting"
    with one_run.held(strategy, config.output_dir, what):
        _run(config, strategy)


def _run(config: finetune_config.FinetuneConfig, strategy) -> None:
    with machines.together(strategy):
        if not config.do_train:
            trained_model.take_flags(
                config, config.init_checkpoint or config.output_dir
            )
        path = starting_point.trained_path(config)
        tasks = from_config.tasks(config, starting_point.models_kind(config))
        part_checks.check_parts(
            config,
            tasks,
            trains=config.do_train,
            evaluates=config.do_eval,
            predicts=config.do_predict,
        )
        start = _start(config, path, tasks)
    if config.do_train:
        try:
            network, datas = _train(config, strategy, tasks, start)
        except failed_runs.FailedRun as error:
            raise ValueError(str(error)) from None
        if distribution.is_chief(strategy):  # whose folder has checkpoints
            path = run_checkpoint.find(config.output_dir)
    else:
        network, datas = trained_model.load(
            config,
            strategy,
            tasks,
            start,
            span_head=config.span_head,
            allow_partial_init=config.allow_partial_init,
        )
    if config.exit_patience:
        network.leave_early(config.exit_patience, config.exit_threshold)
    if config.do_eval:
        evaluate.record(
            config,
            strategy,
            network,
            datas,
            path,
            config.output_dir,
            is_training=config.do_train,
            **_exit_settings(config),
        )
    if config.do_predict:
        predict_parts.write(
            config,
            strategy,
            network,
            datas,
            path,
            config.output_dir,
            **_exit_settings(config),
        )


def _exit_settings(
    config: finetune_config.FinetuneConfig,
) -> dict[str, float | None]:
    patience = config.exit_patience
    return {
        "exit_patience": patience,
        "exit_threshold": config.exit_threshold if patience else None,
    }


def _start(
    config: finetune_config.FinetuneConfig, path: str | None, tasks
) -> starting_point.Start:
    folder = None
    if path is None:
        albert = settings_lib.config(config)
    else:
        folder = saved_tasks.folder_of(path)
        albert = config_of(config, path, tasks[0].name)
    tokenizer = saved_tasks.tokenizer(
        config.spm_model_file, folder, config.do_lower_case
    )
    if config.do_train and config.do_lower_case is None:
        tokenizer = saved_tasks.resumed(tokenizer, config.output_dir)
    starting_point.check_pieces(tokenizer, albert)
    return starting_point.Start(path, folder, albert, tokenizer)


def config_of(
    config: finetune_config.FinetuneConfig, path: str, task: str
) -> albert_tf.AlbertConfig:
    """The config of weights, with what flags change of it."""
    return settings_lib.with_depth(
        config,
        starting_point.config_of(config, path, task, config.allow_partial_init),
    )


def _train(config: finetune_config.FinetuneConfig, strategy, tasks, start):
    """Trains one seed after the other; the network of the best."""
    folders = seeds.folders(
        config.output_dir, config.random_seed, config.num_seeds
    )
    with machines.together(strategy):
        datas, recipe = finetune_data.prepare(config, strategy, tasks, start)
        if config.teacher:
            finetune_data.check_teacher(config, datas, recipe)
        can_evaluate = _can_evaluate(datas)
        for data in datas:
            part_checks.check_rows(data, can_evaluate, config.do_predict)
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
                config, strategy, start, recipe, datas, seed, folder
            )
        except failed_runs.FailedRun as error:
            failures[seed] = str(error)
            if len(failures) == len(folders):
                raise  # none is left that may do better
            logging.warning("Seed %d failed. %s", seed, error)
    if len(folders) > 1:
        best = seeds.report(config.output_dir, folders, results, failures)
        network.initialize(folders[best])
    return network, datas


def with_dropout(albert, recipe) -> albert_tf.AlbertConfig:
    """The config as it is trained."""
    return dataclasses.replace(
        albert,
        hidden_dropout_prob=recipe.dropout_prob,
        attention_probs_dropout_prob=recipe.dropout_prob,
    )


def _train_one(
    config: finetune_config.FinetuneConfig,
    strategy,
    start,
    recipe,
    datas,
    seed,
    folder,
):
    albert = with_dropout(start.albert, recipe)
    distribution.check_batch_size(
        "train_batch_size",
        recipe.batch_size,
        strategy.num_replicas_in_sync,
        config.accumulate_steps,
    )
    with machines.together(strategy) as same:
        same |= _claim(config, strategy, albert, recipe, datas, seed, folder)
    batches = training_batches.TrainingBatches(
        strategy,
        datas,
        num_steps=recipe.num_steps,
        batch_size=recipe.batch_size,
        sampling_power=config.task_sampling_power,
        accumulate_steps=config.accumulate_steps,
    )
    network, result = finetuning.train(
        strategy,
        settings_lib.settings(
            config,
            recipe,
            albert,
            {data.task.name: new_head(config, data) for data in datas},
            start.path,
            seed,
            distribution.is_tpu(strategy),
        ),
        finetuning.Data(
            batches.plan,
            batches.of_kind,
            functools.partial(evaluate.score, config, strategy, datas)
            if _can_evaluate(datas)
            else None,
            lambda values: -values["score"],
            batches.chance_loss,
        ),
        settings_lib.schedule(config, recipe),
        folder,
    )
    scores = [
        row["score"]
        for row in run_folder.read_metrics(folder)
        if row["kind"] == "eval"
    ]
    return network, {**result, "score": max(scores, default=None)}


def new_head(config: finetune_config.FinetuneConfig, data) -> network_lib.Head:
    """The head that training makes."""
    return settings_lib.head(
        data.task.kind,
        data.task.unanswerable,
        data.num_classes,
        config.early_exit,
        span_head=config.span_head,
    )


def run_settings(
    config: finetune_config.FinetuneConfig,
    albert,
    recipe,
    datas,
    seed,
    *,
    is_tpu: bool,
    replicas: int,
) -> dict[str, Any]:
    """All that decides the numbers of a run; resuming compares it."""
    return {
        **settings_lib.decisive(config, recipe, seed, is_tpu),
        **teacher_lib.decisive(config, datas[0].task.name),
        "labels": {data.task.name: data.labels for data in datas},
        "data": {data.task.name: data.fingerprint("train") for data in datas},
        "eval_data": _can_evaluate(datas)
        and {
            data.task.name: [*map(data.fingerprint, data.evaluation_parts)]
            for data in datas
        },
        "config": albert.to_dict(),
        "tokenizer": datas[0].tokenizer.fingerprint,
        "batches": {
            "lengths": {data.task.name: data.lengths for data in datas},
            "any_length": datas[0].any_length,
            # Packed rows divide into these.
            "parts": replicas * config.accumulate_steps
            if config.pack
            else None,
        },
    }


def _can_evaluate(datas) -> bool:
    return all(
        data.evaluation_parts and all(map(data.exists, data.evaluation_parts))
        for data in datas
    )


def _claim(
    config: finetune_config.FinetuneConfig,
    strategy,
    albert,
    recipe,
    datas,
    seed,
    folder,
) -> dict[str, Any]:
    """Makes the folder this run's, with all that a checkpoint needs.

    Returns:
        the settings that decide the run's numbers.
    """
    settings = run_settings(
        config,
        albert,
        recipe,
        datas,
        seed,
        is_tpu=distribution.is_tpu(strategy),
        replicas=strategy.num_replicas_in_sync,
    )
    if distribution.is_chief(strategy):
        execution = devices.described(strategy)
        run_folder.claim(folder, settings, environment.describe(execution))
        best = os.path.join(folder, checkpoints.BEST_FOLDER)
        for place in {folder, best, config.output_dir}:
            tf.io.gfile.makedirs(place)
            run_folder.write_json(
                os.path.join(place, loading.CONFIG_FILE), albert.to_dict()
            )
            saved_tasks.write(
                place,
                {data.task.name: data.saved_row for data in datas},
                recipe.max_seq_length,
                datas[0].tokenizer,
                # best/ is what is copied elsewhere.
                remembered.given(with_places=place != best),
            )
    return decisive_flags.without_places(settings)
