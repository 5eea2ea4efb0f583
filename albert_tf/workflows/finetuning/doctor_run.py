"""Checks a fine-tuning run's batches, recipe, memory, folders and model."""

import functools
from collections.abc import Mapping
from collections.abc import Sequence

import tensorflow as tf

from albert_tf.doctor import devices as doctor_devices
from albert_tf.doctor import findings
from albert_tf.doctor import output_folder
from albert_tf.doctor import task_recipe
from albert_tf.finetuning import multitask
from albert_tf.finetuning import trained_parts
from albert_tf.optimization import recipes
from albert_tf.runs import seeds
from albert_tf.training import distribution
from albert_tf.workflows.common import past_command
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import estimate as estimate_finetuning
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.tasks import table
from data_pipeline.tasks.data import task_data

# With more seeds than this, only the first folders are checked.
_MOST_SEEDS = 20


def heads_of(
    config: finetune_config.FinetuneConfig,
    datas: Sequence[task_data.TaskData],
    start: starting_point.Start,
) -> dict[str, multitask.Head]:
    """The heads of the run's model, by task."""
    if not config.do_train:
        return trained_model.trained_heads(
            config, datas, start, config.span_head
        )
    return {
        data.task.name: settings.new_head(config, data, start) for data in datas
    }


def check_model(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    start: starting_point.Start,
    heads: Mapping[str, multitask.Head],
    recipe: recipes.Recipe | None,
) -> None:
    """Checks that the weights fit the model, and that parts of it are trained.

    Args:
        config: the run's settings.
        found: collects the findings.
        start: the run's weights and sizes.
        heads: the heads by task.
        recipe: the training's hyperparameters; None without training.
    """
    strategy = tf.distribute.get_strategy()
    model = multitask.MultitaskModel(strategy, start.albert, heads)
    if start.path is not None:
        _check_weights(config, found, start, model)
    if recipe is None:
        return
    setup = settings.setup(
        config,
        recipe,
        start.albert,
        heads,
        start.path,
        config.output_dir or "",  # nothing is written
        config.random_seed,
        False,
    )
    found.attempt("--freeze", trained_parts.make, strategy, setup, model)
    if recipe.learning_rate > 0:  # otherwise, it is reported as an error
        found.attempt(
            "--optimizer",
            setup.make_optimizer,
            learning_rate=recipe.learning_rate,
            rate_multipliers={},
        )


def _check_weights(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    start: starting_point.Start,
    model: multitask.MultitaskModel,
) -> None:
    errors = len(found.of("error"))
    found.attempt(
        "--init_checkpoint",
        model.initialize,
        start.path,
        config.allow_partial_init,
        any_depth=config.num_hidden_layers is not None,
        needs_heads=not config.do_train,
        new_heads=config.do_train,
    )
    if config.exit_patience and not config.do_train:
        found.attempt(
            "--exit_patience",
            model.leave_early,
            config.exit_patience,
            config.exit_threshold,
        )
    if len(found.of("error")) == errors:
        found.fine("--init_checkpoint", "Its weights fit the model.")


def check_batches(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    devices: doctor_devices.Devices,
    **training: int,
) -> None:
    """Checks that all batches can be divided among the replicas.

    Args:
        config: the run's settings.
        found: collects the findings.
        devices: the run's devices.
        **training: with training, `train_batch_size` and `accumulate_steps`.
    """
    others = {
        name: getattr(config, name)
        for name in ("eval_batch_size", "predict_batch_size")
    }
    if training:
        doctor_devices.check_batches(found, devices, **training, **others)
        return
    for name, size in others.items():
        found.attempt(
            f"--{name}",
            distribution.check_batch_size,
            name,
            size,
            devices.replicas,
        )


def check_recipe(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    recipe: recipes.Recipe,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
    counts: Sequence[int],
) -> None:
    """Compares the recipe with the usual one of the largest task."""
    largest = max(range(len(tasks)), key=lambda number: counts[number])
    task, count = tasks[largest], counts[largest]
    usual = settings.usual_recipe(config, task, start.albert, count)
    task_recipe.check(
        found, recipe, usual, sum(counts), config.learning_rate is None
    )


def check_memory(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    devices: doctor_devices.Devices,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
    datas: Sequence[task_data.TaskData],
    recipe: recipes.Recipe,
) -> None:
    """Checks that a training step fits into the memory of a device."""
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
        doctor_devices.check_memory(found, devices, shape)


def check_runs(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    devices: doctor_devices.Devices | None,
    start: starting_point.Start,
    datas: Sequence[task_data.TaskData],
    recipe: recipes.Recipe,
) -> None:
    """Checks that the folder of each seed is free, or holds the same run."""
    albert = settings.with_dropout(start.albert, recipe)
    folders = seeds.folders(
        config.run_dir,
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
            return  # a bad row of the evaluation data, reported elsewhere
        output_folder.check_run(
            found,
            folder,
            decisive,
            functools.partial(past_command.values, type(config)),
        )
