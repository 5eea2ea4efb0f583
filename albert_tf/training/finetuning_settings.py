"""What the fine-tuning flags about the model and its training come to."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

from absl import flags

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf import optimization
from albert_tf.compression import distillation_settings
from albert_tf.finetuning import network
from albert_tf.finetuning import training as finetuning
from albert_tf.optimization import recipes
from albert_tf.training import decisive_flags
from albert_tf.training import device_settings
from albert_tf.training import loop

_FLAGS = flags.FLAGS


def recipe(
    task: str, kind: str, config: config_lib.AlbertConfig, num_items: int
) -> recipes.Recipe:
    """The recipe with what flags say in its place; says where it is from."""
    found = recipes.choose(
        task if _FLAGS.recipe == "auto" else _FLAGS.recipe,
        kind,
        config,
        num_items,
        version=_FLAGS.albert_version and int(_FLAGS.albert_version),
        batch_size=_FLAGS.train_batch_size,
    )
    return recipes.overridden(
        found,
        num_items,
        num_train_epochs=_FLAGS.num_train_epochs,
        learning_rate=_FLAGS.learning_rate,
        batch_size=_FLAGS.train_batch_size,
        num_steps=_FLAGS.train_step,
        num_warmup_steps=_FLAGS.warmup_step,
        dropout_prob=_FLAGS.dropout_prob,
        classifier_dropout_prob=_FLAGS.classifier_dropout_prob,
        max_seq_length=_FLAGS.max_seq_length,
    )


def recipe_of_all(
    tasks: Sequence[tuple[str, str]],
    config: config_lib.AlbertConfig,
    counts: Sequence[int],
) -> recipes.Recipe:
    """The recipe of the task with most examples, with the steps of all.

    Args:
        tasks: name and kind of each.
        config: of the model.
        counts: examples of each to train on.
    """
    found = [
        recipe(name, kind, config, count)
        for (name, kind), count in zip(tasks, counts, strict=True)
    ]
    first = max(range(len(counts)), key=lambda number: counts[number])
    if len(tasks) == 1:
        return found[first]
    return recipes.overridden(
        found[first],
        sum(counts),
        num_steps=_FLAGS.train_step or sum(one.num_steps for one in found),
        max_seq_length=max(one.max_seq_length for one in found),
    )


def given_config() -> config_lib.AlbertConfig | None:
    """Of --albert_config_file or --model; None without both.

    Raises:
        ValueError: both are given.
    """
    if _FLAGS.albert_config_file and _FLAGS.model:
        raise ValueError(
            "The sizes must come from one of --albert_config_file and --model. "
            f"Received: {_FLAGS.albert_config_file!r} and {_FLAGS.model!r}."
        )
    if _FLAGS.albert_config_file:
        return config_lib.AlbertConfig.from_json(_FLAGS.albert_config_file)
    return config_lib.AlbertConfig.named(_FLAGS.model) if _FLAGS.model else None


def config() -> config_lib.AlbertConfig:
    """Of random weights.

    Raises:
        ValueError: no flag says it.
    """
    config = given_config()
    if config is None:
        raise ValueError(
            "A model must come from --init_checkpoint, or, with random "
            "weights, from one of --albert_config_file and --model. Received: "
            "none of them."
        )
    return config


def with_depth(config: config_lib.AlbertConfig) -> config_lib.AlbertConfig:
    """The config of a checkpoint, with --num_hidden_layers.

    Raises:
        ValueError: its layers do not share all of their weights.
    """
    if not _FLAGS.num_hidden_layers:
        return config
    if config.share_parameters != "all":
        raise ValueError(
            "--num_hidden_layers must be used with a checkpoint whose layers "
            "all share their weights, since other weights belong to one layer. "
            f"Received: share_parameters={config.share_parameters!r}."
        )
    return dataclasses.replace(
        config, num_hidden_layers=_FLAGS.num_hidden_layers
    )


def head(
    kind: str,
    unanswerable: bool,
    num_classes: int,
    early_exit: bool,
    trained: str | None = None,
    span_head: str = "auto",
) -> network.Head:
    """The head of a kind of task; of spans as --span_head says.

    Args:
        kind: of the task.
        unanswerable: whether questions may have no answer.
        num_classes: of the task.
        early_exit: whether to have a classifier at every depth.
        trained: the head of the weights that are used as they are.
    Raises:
        ValueError: this kind has none.
    """
    if early_exit:
        if kind not in kinds.with_exits():
            raise ValueError(
                "--early_exit must be used with tasks that have one class or "
                f"number per text: {', '.join(kinds.with_exits())}. "
                f"Received: {kind}. Leave it out."
            )
        kind = kinds.KINDS[kind].with_exits
    if kind == "span":
        asked = {"plain": "span", "conditional": "conditional_span"}
        kind = asked.get(span_head) or trained
        if kind not in asked.values():
            kind = "conditional_span" if unanswerable else "span"
    return network.Head(kind, num_classes)


def settings(
    recipe: recipes.Recipe,
    config: config_lib.AlbertConfig,
    heads: dict[str, network.Head],
    init_checkpoint: str | None,
    seed: int,
    is_tpu: bool,
) -> finetuning.Settings:
    return finetuning.Settings(
        config=config,
        heads=heads,
        make_optimizer=functools.partial(
            optimization.create_optimizer,
            _FLAGS.optimizer,
            num_train_steps=recipe.num_steps,
            num_warmup_steps=recipe.num_warmup_steps,
            poly_power=_FLAGS.poly_power,
            weight_decay_rate=_FLAGS.weight_decay_rate,
            bias_correction=init_checkpoint is None
            if _FLAGS.bias_correction is None
            else _FLAGS.bias_correction,
        ),
        learning_rate=recipe.learning_rate,
        num_warmup_steps=recipe.num_warmup_steps,
        batch_size=recipe.batch_size,
        seed=seed,
        dropout_prob=recipe.classifier_dropout_prob,
        init_checkpoint=init_checkpoint,
        allow_partial_init=_FLAGS.allow_partial_init,
        any_depth=_FLAGS.num_hidden_layers is not None,
        freeze=tuple(_FLAGS.freeze or ()),
        layer_decay=_FLAGS.layer_decay,
        lora_rank=_FLAGS.lora_rank,
        lora_alpha=_FLAGS.lora_alpha,
        distillation=distillation_settings.settings(),
        quantization_aware=_FLAGS.quantization_aware,
        accumulate_steps=_FLAGS.accumulate_steps,
        jit_compile=_FLAGS.jit_compile,
        execution=device_settings.execution(is_tpu),
        on_collapse=_FLAGS.on_collapse,
        on_failed_run=_FLAGS.on_failed_run,
    )


def schedule(recipe: recipes.Recipe) -> loop.Schedule:
    every = eval_steps(recipe)
    return loop.Schedule(
        num_train_steps=recipe.num_steps,
        iterations_per_loop=_FLAGS.iterations_per_loop,
        save_checkpoints_steps=_FLAGS.save_checkpoints_steps or every,
        eval_steps=every,
        keep_checkpoint_max=_FLAGS.keep_checkpoint_max,
        evaluate_first=False,
    )


def eval_steps(recipe: recipes.Recipe) -> int:
    return _FLAGS.eval_steps or max(1, recipe.num_steps // 10)


def decisive(recipe: recipes.Recipe, seed: int, is_tpu: bool) -> dict[str, Any]:
    """What decides the numbers of a run, for `run_folder.claim`.

    Data, labels, config, tokenizer and teacher come in addition.
    """
    return {
        **decisive_flags.compared(decisive_flags.FINETUNING),
        **dataclasses.asdict(recipe),
        "random_seed": seed,
        "eval_steps": eval_steps(recipe),
        "precision": device_settings.precision(is_tpu),
    }
