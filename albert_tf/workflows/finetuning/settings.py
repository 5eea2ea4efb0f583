"""What the fine-tuning flags about the model and its training come to."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

from albert_tf import config as config_lib
from albert_tf import optimization
from albert_tf.finetuning import network
from albert_tf.finetuning import task_kinds
from albert_tf.finetuning import training as finetuning
from albert_tf.optimization import recipes
from albert_tf.training import decisive_flags
from albert_tf.training import loop
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import teacher as teacher_lib
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import model as model_config


def recipe(
    config: finetune_config.FinetuneConfig,
    task: str,
    kind: str,
    albert: config_lib.AlbertConfig,
    num_items: int,
) -> recipes.Recipe:
    """The recipe with what flags say in its place; says where it is from."""
    found = recipes.choose(
        task if config.recipe == "auto" else config.recipe,
        kind,
        albert,
        num_items,
        version=config.albert_version and int(config.albert_version),
        batch_size=config.train_batch_size,
    )
    return recipes.overridden(
        found,
        num_items,
        num_train_epochs=config.num_train_epochs,
        learning_rate=config.learning_rate,
        batch_size=config.train_batch_size,
        num_steps=config.train_step,
        num_warmup_steps=config.warmup_step,
        dropout_prob=config.dropout_prob,
        classifier_dropout_prob=config.classifier_dropout_prob,
        max_seq_length=config.max_seq_length,
    )


def recipe_of_all(
    config: finetune_config.FinetuneConfig,
    tasks: Sequence[tuple[str, str]],
    albert: config_lib.AlbertConfig,
    counts: Sequence[int],
) -> recipes.Recipe:
    """The recipe of the task with most examples, with the steps of all.

    Args:
        tasks: name and kind of each.
        albert: of the model.
        counts: examples of each to train on.
    """
    found = [
        recipe(config, name, kind, albert, count)
        for (name, kind), count in zip(tasks, counts, strict=True)
    ]
    first = max(range(len(counts)), key=lambda number: counts[number])
    if len(tasks) == 1:
        return found[first]
    return recipes.overridden(
        found[first],
        sum(counts),
        num_steps=config.train_step or sum(one.num_steps for one in found),
        max_seq_length=max(one.max_seq_length for one in found),
    )


def given_config(
    config: model_config.ModelConfig,
) -> config_lib.AlbertConfig | None:
    """Of --albert_config_file or --model; None without both.

    Raises:
        ValueError: both are given.
    """
    if config.albert_config_file and config.model:
        raise ValueError(
            "The sizes must come from one of --albert_config_file and --model. "
            f"Received: {config.albert_config_file!r} and {config.model!r}."
        )
    if config.albert_config_file:
        return config_lib.AlbertConfig.from_json(config.albert_config_file)
    return config_lib.AlbertConfig.named(config.model) if config.model else None


def config(config: finetune_config.FinetuneConfig) -> config_lib.AlbertConfig:
    """Of random weights.

    Raises:
        ValueError: no flag says it.
    """
    albert = given_config(config)
    if albert is None:
        raise ValueError(
            "A model must come from --init_checkpoint, or, with random "
            "weights, from one of --albert_config_file and --model. Received: "
            "none of them."
        )
    return albert


def with_depth(
    config: finetune_config.FinetuneConfig, albert: config_lib.AlbertConfig
) -> config_lib.AlbertConfig:
    """The config of a checkpoint, with --num_hidden_layers.

    Raises:
        ValueError: its layers do not share all of their weights.
    """
    if not config.num_hidden_layers:
        return albert
    if albert.share_parameters != "all":
        raise ValueError(
            "--num_hidden_layers must be used with a checkpoint whose layers "
            "all share their weights, since other weights belong to one layer. "
            f"Received: share_parameters={albert.share_parameters!r}."
        )
    return dataclasses.replace(
        albert, num_hidden_layers=config.num_hidden_layers
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
        if kind not in task_kinds.EARLY_EXIT:
            raise ValueError(
                "--early_exit must be used with tasks that have one class or "
                f"number per text: {', '.join(task_kinds.EARLY_EXIT)}. "
                f"Received: {kind}. Leave it out."
            )
        kind = task_kinds.EARLY_EXIT[kind]
    if kind == "span":
        asked = {"plain": "span", "conditional": "conditional_span"}
        kind = asked.get(span_head) or trained
        if kind not in asked.values():
            kind = "conditional_span" if unanswerable else "span"
    return network.Head(kind, num_classes)


def settings(
    config: finetune_config.FinetuneConfig,
    recipe: recipes.Recipe,
    albert: config_lib.AlbertConfig,
    heads: dict[str, network.Head],
    init_checkpoint: str | None,
    seed: int,
    is_tpu: bool,
) -> finetuning.Settings:
    return finetuning.Settings(
        config=albert,
        heads=heads,
        make_optimizer=functools.partial(
            optimization.create_optimizer,
            config.optimizer,
            num_train_steps=recipe.num_steps,
            num_warmup_steps=recipe.num_warmup_steps,
            poly_power=config.poly_power,
            weight_decay_rate=config.weight_decay_rate,
            bias_correction=init_checkpoint is None
            if config.bias_correction is None
            else config.bias_correction,
        ),
        learning_rate=recipe.learning_rate,
        num_warmup_steps=recipe.num_warmup_steps,
        batch_size=recipe.batch_size,
        seed=seed,
        dropout_prob=recipe.classifier_dropout_prob,
        init_checkpoint=init_checkpoint,
        allow_partial_init=config.allow_partial_init,
        any_depth=config.num_hidden_layers is not None,
        freeze=tuple(config.freeze or ()),
        layer_decay=config.layer_decay,
        lora_rank=config.lora_rank,
        lora_alpha=config.lora_alpha,
        distillation=teacher_lib.settings(config),
        quantization_aware=config.quantization_aware,
        accumulate_steps=config.accumulate_steps,
        jit_compile=config.jit_compile,
        execution=devices.execution(config, is_tpu),
        on_collapse=config.on_collapse,
        on_failed_run=config.on_failed_run,
    )


def schedule(
    config: finetune_config.FinetuneConfig, recipe: recipes.Recipe
) -> loop.Schedule:
    every = eval_steps(config, recipe)
    return loop.Schedule(
        num_train_steps=recipe.num_steps,
        iterations_per_loop=config.iterations_per_loop,
        save_checkpoints_steps=config.save_checkpoints_steps or every,
        eval_steps=every,
        keep_checkpoint_max=config.keep_checkpoint_max,
        evaluate_first=False,
    )


def eval_steps(
    config: finetune_config.FinetuneConfig, recipe: recipes.Recipe
) -> int:
    return config.eval_steps or max(1, recipe.num_steps // 10)


def decisive(
    config: finetune_config.FinetuneConfig,
    recipe: recipes.Recipe,
    seed: int,
    is_tpu: bool,
) -> dict[str, Any]:
    """What decides the numbers of a run, for `run_folder.claim`.

    Data, labels, albert, tokenizer and teacher come in addition.
    """
    return {
        **decisive_flags.compared(decisive_flags.FINETUNING),
        **dataclasses.asdict(recipe),
        "random_seed": seed,
        "eval_steps": eval_steps(config, recipe),
        "precision": devices.precision(config, is_tpu),
    }
