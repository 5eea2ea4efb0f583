"""Checks the model of a fine-tuning run, and its start, before it starts."""

from collections.abc import Mapping
from collections.abc import Sequence

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.doctor import findings
from albert_tf.finetuning import multitask
from albert_tf.finetuning import trained_parts
from albert_tf.optimization import recipes
from albert_tf.planning import flops
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizer as tokenizer_lib


def start_of(
    config: finetune_config.FinetuneConfig, found: findings.Findings
) -> tuple[list[table.Task], starting_point.Start] | None:
    """The tasks and what the run starts from; None where that is not known."""
    flag = "--init_checkpoint"
    if config.init_checkpoint == "":
        return None  # which the check of the flags says
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
            "Name pretrained ones with --init_checkpoint.",
        )
    _check_vocabulary(found, albert, tokenizer)
    return tasks, starting_point.Start(path, folder, albert, tokenizer)


def _check_vocabulary(
    found: findings.Findings,
    albert: config_lib.AlbertConfig,
    tokenizer: tokenizer_lib.Tokenizer | None,
) -> None:
    if tokenizer is None:
        return
    found.attempt(
        "--spm_model_file", starting_point.check_pieces, tokenizer, albert
    )


def trained_datas(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    tasks: Sequence[table.Task],
    start: starting_point.Start,
) -> list[task_data.TaskData]:
    """The data of the tasks of a model that is used as it is; [] where they
    cannot be read."""
    if start.tokenizer is None or start.path is None:
        return []
    loaded = found.attempt(
        "--task_name", trained_model.trained_datas, config, tasks, start, True
    )
    return [] if loaded is None else loaded[1]


def heads_of(
    config: finetune_config.FinetuneConfig,
    datas: Sequence[task_data.TaskData],
    start: starting_point.Start,
) -> dict[str, multitask.Head]:
    """The heads of the run's model, by task."""
    if not config.do_train:
        return trained_model.trained_heads(datas, start, config.span_head)
    return {data.task.name: settings.new_head(config, data) for data in datas}


def check(
    config: finetune_config.FinetuneConfig,
    found: findings.Findings,
    start: starting_point.Start,
    heads: Mapping[str, multitask.Head],
    recipe: recipes.Recipe | None,
) -> None:
    """Checks that the weights fit the model, and which parts are trained.

    Args:
        config: of the run.
        found: where the findings go.
        start: of the run.
        heads: by task.
        recipe: of the training; None without one.
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
        config.random_seed,
        False,
    )
    found.attempt("--freeze", trained_parts.make, strategy, setup, model)
    if recipe.learning_rate > 0:  # other rates are errors already
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
