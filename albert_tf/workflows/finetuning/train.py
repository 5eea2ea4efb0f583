"""Trains the seeds of a fine-tuning run, one after another."""

import dataclasses
import functools
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from absl import logging

from albert_tf import config as config_lib
from albert_tf.finetuning import failed_runs
from albert_tf.finetuning import multitask
from albert_tf.finetuning import training as finetuning
from albert_tf.interop import loading
from albert_tf.runs import checkpoints
from albert_tf.runs import environment
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.runs import seeds
from albert_tf.tracking import followers
from albert_tf.training import distribution
from albert_tf.training import machines
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import past_command
from albert_tf.workflows.common import run_identity
from albert_tf.workflows.common.heads import embedding_head
from albert_tf.workflows.common.heads import own_calibration
from albert_tf.workflows.common.heads import saved_head
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import data as data_lib
from albert_tf.workflows.finetuning import evaluate
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from albert_tf.workflows.finetuning.labels import skew
from data_pipeline.tasks import table
from data_pipeline.tasks.data import training_batches
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks


def train(
    config: finetune_config.FinetuneConfig,
    strategy: tf.distribute.Strategy,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
) -> trained_model.TrainedModel:
    """Trains a model for each seed.

    Returns:
        The model of the best seed, with its best weights.
    Raises:
        ValueError: settings and data do not fit together.
        FileExistsError: the folder holds another run.
        failed_runs.FailedRun: no seed learned anything.
    """
    folders = seeds.folders(
        config.run_dir, config.random_seed, config.num_seeds
    )
    with machines.together(strategy):
        prepared = data_lib.prepare(config, strategy, tasks, start)
    if not settings.can_evaluate(prepared.datas):
        logging.warning(
            "There is no evaluation data, so the last checkpoint counts as the "
            "best. Name a file with --eval_file, or hold out training rows "
            "with --eval_fraction."
        )
    results, failures = {}, {}
    for seed, folder in folders.items():
        try:
            model, results[seed] = _train_one(
                strategy, start, prepared, seed, folder
            )
        except failed_runs.FailedRun as error:
            failures[seed] = str(error)
            if len(failures) == len(folders):
                raise  # all seeds have failed
            logging.warning("Seed %d failed. %s", seed, error)
    if len(folders) > 1:
        best = seeds.report(config.run_dir, folders, results, failures)
        model.initialize(folders[best])
    path = start.path
    if distribution.is_chief(strategy):  # only it has written checkpoints
        path = run_checkpoint.find(config.run_dir)
    return trained_model.TrainedModel(
        prepared.config, model, prepared.datas, path
    )


def _train_one(
    strategy: tf.distribute.Strategy,
    start: starting_point.Start,
    prepared: data_lib.Prepared,
    seed: int,
    folder: str,
) -> tuple[multitask.MultitaskModel, dict[str, Any]]:
    """Trains one seed.

    Returns:
        the model, and how it went, as in `finetuning.train`, with its best
        `score`.
    """
    config, datas, recipe = prepared
    albert = settings.with_dropout(start.albert, recipe)
    distribution.check_batch_size(
        "train_batch_size",
        recipe.batch_size,
        strategy.num_replicas_in_sync,
        config.accumulate_steps,
    )
    heads = {
        data.task.name: settings.new_head(config, data, start) for data in datas
    }
    embedding_head.check_batch(
        heads.values(), datas[0].scheme, recipe.batch_size
    )
    with machines.together(strategy) as same:
        same |= _claim(strategy, albert, prepared, heads, seed, folder)
        # Not before: it caches encoded data in the run's folder.
        skewed = skew.of_run(config, datas)
    batches = training_batches.TrainingBatches(
        strategy,
        datas,
        num_steps=recipe.num_steps,
        batch_size=recipe.batch_size,
        sampling_power=config.task_sampling_power,
        class_sampling_power=config.class_sampling_power,
        weights=skewed.weights,
        accumulate_steps=config.accumulate_steps,
    )
    model, result = finetuning.train(
        strategy,
        settings.setup(
            config,
            recipe,
            albert,
            heads,
            start.path,
            folder,
            seed,
            distribution.is_tpu(strategy),
        ),
        finetuning.TrainingData(
            batches.plan,
            batches.of_kind,
            functools.partial(evaluate.score, config, strategy, datas)
            if settings.can_evaluate(datas)
            else None,
            lambda values: -values["score"],
            batches.chance_loss if skewed.is_plain else skewed.chance_loss,
        ),
        settings.schedule(config, recipe),
    )
    scores = [
        row["score"]
        for row in run_folder.read_metrics(folder)
        if row["kind"] == "eval"
    ]
    return model, {**result, "score": max(scores, default=None)}


def _claim(
    strategy: tf.distribute.Strategy,
    albert: config_lib.AlbertConfig,
    prepared: data_lib.Prepared,
    heads: Mapping[str, multitask.Head],
    seed: int,
    folder: str,
) -> dict[str, Any]:
    """Makes the folder this run's, with everything that a checkpoint needs.

    Returns:
        the settings that all machines of the run must have alike.
    """
    config, datas, recipe = prepared
    decisive = settings.run_settings(
        config,
        albert,
        recipe,
        datas,
        seed,
        is_tpu=distribution.is_tpu(strategy),
        replicas=strategy.num_replicas_in_sync,
    )
    if distribution.is_chief(strategy):
        execution = devices.described(config, strategy, config.eval_batch_size)
        run_folder.claim(
            folder,
            decisive,
            environment.describe(execution),
            functools.partial(past_command.values, type(config)),
        )
        followers.begin(
            folder,
            {
                **config.given_values(),
                **dataclasses.asdict(recipe),
                "random_seed": seed,
            },
        )
        best = os.path.join(folder, checkpoints.BEST_FOLDER)
        for place in {folder, best, config.run_dir}:
            tf.io.gfile.makedirs(place)
            run_folder.write_json(
                os.path.join(place, loading.CONFIG_FILE), albert.to_dict()
            )
            saved_tasks.write(
                place,
                {
                    data.task.name: {
                        **data.saved_row,
                        **own_calibration.kept(place, data.task),
                        **saved_head.of(heads[data.task.name]),
                    }
                    for data in datas
                },
                recipe.max_seq_length,
                datas[0].tokenizer,
                # best/ is what is copied elsewhere.
                remembered.given(config, with_places=place != best),
            )
    return run_identity.without_places(decisive, config)
