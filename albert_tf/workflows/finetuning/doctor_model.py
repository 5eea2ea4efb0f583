"""What the doctor looks at of the model that is fine-tuned."""

import tensorflow as tf

from albert_tf.finetuning import multitask
from albert_tf.finetuning import trained_parts
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import finetune
from albert_tf.workflows.finetuning import settings as settings_lib
from albert_tf.workflows.finetuning import trained_model


def heads_of(
    config: finetune_config.FinetuneConfig, datas, start
) -> dict[str, multitask.Head]:
    if not config.do_train:
        return trained_model.trained_heads(datas, start, config.span_head)
    return {data.task.name: finetune.new_head(config, data) for data in datas}


def check(
    config: finetune_config.FinetuneConfig, found, start, heads, recipe
) -> None:
    """Whether the weights cover the model, and what of it is trained."""
    strategy = tf.distribute.get_strategy()
    network = multitask.MultitaskModel(strategy, start.albert, heads)
    if start.path is not None:
        _check_weights(config, found, start, network)
    if recipe is None:
        return
    settings = settings_lib.settings(
        config,
        recipe,
        start.albert,
        heads,
        start.path,
        config.random_seed,
        False,
    )
    found.attempt("--freeze", trained_parts.make, strategy, settings, network)
    if recipe.learning_rate > 0:  # what else is said already
        found.attempt(
            "--optimizer",
            settings.make_optimizer,
            learning_rate=recipe.learning_rate,
            rate_multipliers={},
        )


def _check_weights(
    config: finetune_config.FinetuneConfig, found, start, network
) -> None:
    errors = len(found.of("error"))
    found.attempt(
        "--init_checkpoint",
        network.initialize,
        start.path,
        config.allow_partial_init,
        any_depth=config.num_hidden_layers is not None,
        needs_heads=not config.do_train,
    )
    if config.exit_patience and not config.do_train:
        found.attempt(
            "--exit_patience",
            network.leave_early,
            config.exit_patience,
            config.exit_threshold,
        )
    if len(found.of("error")) == errors:
        found.fine("--init_checkpoint", "Its weights fit the model.")
