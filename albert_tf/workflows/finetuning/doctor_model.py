"""What the doctor looks at of the model that is fine-tuned."""

import tensorflow as tf
from absl import flags

from albert_tf.finetuning import network as network_lib
from albert_tf.finetuning import trained_parts
from albert_tf.training import finetuning_settings
from albert_tf.workflows.finetuning import finetune
from albert_tf.workflows.finetuning import trained_model

_FLAGS = flags.FLAGS


def heads_of(datas, start) -> dict[str, network_lib.Head]:
    if not _FLAGS.do_train:
        return trained_model.trained_heads(datas, start, _FLAGS.span_head)
    return {data.task.name: finetune.new_head(data) for data in datas}


def check(found, start, heads, recipe) -> None:
    """Whether the weights cover the model, and what of it is trained."""
    strategy = tf.distribute.get_strategy()
    network = network_lib.Network(strategy, start.config, heads)
    if start.path is not None:
        _check_weights(found, start, network)
    if recipe is None:
        return
    settings = finetuning_settings.settings(
        recipe, start.config, heads, start.path, _FLAGS.random_seed, False
    )
    found.attempt("--freeze", trained_parts.make, strategy, settings, network)
    if recipe.learning_rate > 0:  # what else is said already
        found.attempt(
            "--optimizer",
            settings.make_optimizer,
            learning_rate=recipe.learning_rate,
            rate_multipliers={},
        )


def _check_weights(found, start, network) -> None:
    errors = len(found.of("error"))
    found.attempt(
        "--init_checkpoint",
        network.initialize,
        start.path,
        _FLAGS.allow_partial_init,
        any_depth=_FLAGS.num_hidden_layers is not None,
        needs_heads=not _FLAGS.do_train,
    )
    if _FLAGS.exit_patience and not _FLAGS.do_train:
        found.attempt(
            "--exit_patience",
            network.leave_early,
            _FLAGS.exit_patience,
            _FLAGS.exit_threshold,
        )
    if len(found.of("error")) == errors:
        found.fine("--init_checkpoint", "Its weights fit the model.")
