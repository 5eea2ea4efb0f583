"""Checks the model of a fine-tuning run before it starts."""

from collections.abc import Mapping
from collections.abc import Sequence

import tensorflow as tf

from albert_tf.doctor import findings
from albert_tf.finetuning import multitask
from albert_tf.finetuning import trained_parts
from albert_tf.optimization import recipes
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import settings
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.tasks.data import task_data


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
