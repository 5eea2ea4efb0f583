"""Recipe, heads, schedule and identity of a fine-tuning run."""

import dataclasses
import functools
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf import config as config_lib
from albert_tf import exits
from albert_tf import optimization
from albert_tf.finetuning import multitask
from albert_tf.finetuning import run_setup
from albert_tf.layers import window_pooling
from albert_tf.optimization import recipes
from albert_tf.training import run_schedule
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import teacher
from albert_tf.workflows.common.heads import embedding_head
from albert_tf.workflows.common.heads import tag_head
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning.labels import skew
from data_pipeline.tasks import table
from data_pipeline.tasks.data import task_data

_SPAN_HEADS = {"plain": "span", "conditional": "conditional_span"}


def recipe_of_all(
    config: finetune_config.FinetuneConfig,
    tasks: Sequence[table.Task],
    albert: config_lib.AlbertConfig,
    counts: Sequence[int],
) -> recipes.Recipe:
    """The recipe of the task with the most examples, with the steps of all
    tasks.

    Args:
        config: the run's settings; its numbers override those of the recipe.
        tasks: the run's tasks.
        albert: the model's sizes.
        counts: number of training examples of each task.
    """
    found = [
        _recipe(config, task, albert, count)
        for task, count in zip(tasks, counts, strict=True)
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


def usual_recipe(
    config: finetune_config.FinetuneConfig,
    task: table.Task,
    albert: config_lib.AlbertConfig,
    count: int,
    batch_size: int | None = None,
) -> recipes.Recipe:
    """The recipe that --recipe names, without the config's own numbers.

    Args:
        config: the run's settings.
        task: the task to train on.
        albert: the model's sizes.
        count: number of training examples.
        batch_size: batch size to choose the recipe for; if left out, the usual
            one.
    """
    return recipes.choose(
        task.name if config.recipe == "auto" else config.recipe,
        task.kind,
        albert,
        count,
        version=int(config.albert_version) if config.albert_version else None,
        batch_size=batch_size,
    )


def _recipe(
    config: finetune_config.FinetuneConfig,
    task: table.Task,
    albert: config_lib.AlbertConfig,
    count: int,
) -> recipes.Recipe:
    return recipes.overridden(
        usual_recipe(config, task, albert, count, config.train_batch_size),
        count,
        num_train_epochs=config.num_train_epochs,
        learning_rate=config.learning_rate,
        batch_size=config.train_batch_size,
        num_steps=config.train_step,
        num_warmup_steps=config.warmup_step,
        dropout_prob=config.dropout_prob,
        classifier_dropout_prob=config.classifier_dropout_prob,
        max_seq_length=config.max_seq_length,
    )


def with_dropout(
    albert: config_lib.AlbertConfig, recipe: recipes.Recipe
) -> config_lib.AlbertConfig:
    """The model's sizes, with the recipe's dropout rate for training."""
    return dataclasses.replace(
        albert,
        hidden_dropout_prob=recipe.dropout_prob,
        attention_probs_dropout_prob=recipe.dropout_prob,
    )


def new_head(
    config: finetune_config.FinetuneConfig,
    data: task_data.TaskData,
    start: starting_point.Start,
) -> multitask.Head:
    """The head that training creates for a task."""
    if data.task.kind == embedding_head.KIND:
        own = starting_point.own_settings(start, data.task)
        return embedding_head.new(config, data, start.albert, own)
    if data.task.kind == writing_head.KIND:
        own = starting_point.own_settings(start, data.task)
        return writing_head.new(config, data.tokenizer, start.albert, own)
    options = {}
    if config.long_texts == "windows":
        options = {window_pooling.NAME: config.window_pooling}
    found = head(
        data,
        config.early_exit,
        span_head=config.span_head,
        trained=tag_head.kind_of(config, data.task),
        options=options,
    )
    return dataclasses.replace(found, training=skew.options(config, found.kind))


def head(
    data: task_data.TaskData,
    early_exit: bool,
    trained: str | None = None,
    span_head: str = "auto",
    options: Mapping[str, Any] | None = None,
) -> multitask.Head:
    """The head of a model for a task.

    Args:
        data: the task's data.
        early_exit: whether to have a classifier at every layer.
        trained: the head that the weights belong to, or that is chosen for
            them; None if the task decides.
        span_head: as in FinetuneConfig.
        options: as in `multitask.Head`.
    Raises:
        ValueError: tasks of this kind cannot have a classifier at every layer.
    """
    name = data.task.kind
    if early_exit:
        name = exits.kind_with_exits(name)
    if name == "span":
        name = _span_head(data, trained, span_head)
    if name == tag_head.TASK and trained == tag_head.CRF:
        name = tag_head.CRF
    return multitask.Head(name, data.num_classes, options or {})


def _span_head(
    data: task_data.TaskData, trained: str | None, span_head: str
) -> str:
    chosen = _SPAN_HEADS.get(span_head) or trained
    if chosen is not None and chosen in _SPAN_HEADS.values():
        return chosen
    return "conditional_span" if data.task.unanswerable else "span"


def setup(
    config: finetune_config.FinetuneConfig,
    recipe: recipes.Recipe,
    albert: config_lib.AlbertConfig,
    heads: Mapping[str, multitask.Head],
    init_checkpoint: str | None,
    output_dir: str,
    seed: int,
    is_tpu: bool,
) -> run_setup.Setup:
    """How to train one seed of a run."""
    bias_correction = config.bias_correction
    if bias_correction is None:
        bias_correction = init_checkpoint is None
    return run_setup.Setup(
        config=albert,
        output_dir=output_dir,
        heads=heads,
        make_optimizer=functools.partial(
            optimization.create_optimizer,
            config.optimizer,
            num_train_steps=recipe.num_steps,
            num_warmup_steps=recipe.num_warmup_steps,
            poly_power=config.poly_power,
            weight_decay_rate=config.weight_decay_rate,
            bias_correction=bias_correction,
        ),
        learning_rate=recipe.learning_rate,
        num_warmup_steps=recipe.num_warmup_steps,
        batch_size=recipe.batch_size,
        seed=seed,
        dropout_prob=recipe.classifier_dropout_prob,
        init_checkpoint=init_checkpoint,
        allow_partial_init=config.allow_partial_init,
        any_depth=config.num_hidden_layers is not None,
        freeze=config.freeze or (),
        layer_decay=config.layer_decay,
        lora_rank=config.lora_rank,
        lora_alpha=config.lora_alpha,
        distillation=teacher.settings(config),
        quantization_aware=config.quantization_aware,
        accumulate_steps=config.accumulate_steps,
        jit_compile=config.jit_compile,
        execution=devices.execution(config, is_tpu),
        on_collapse=config.on_collapse,
        on_failed_run=config.on_failed_run,
    )


def schedule(
    config: finetune_config.FinetuneConfig, recipe: recipes.Recipe
) -> run_schedule.Schedule:
    """The number of training steps, and the steps between saves and
    evaluations."""
    every = _eval_steps(config, recipe)
    return run_schedule.Schedule(
        num_train_steps=recipe.num_steps,
        iterations_per_loop=config.iterations_per_loop,
        save_checkpoints_steps=config.save_checkpoints_steps or every,
        eval_steps=every,
        keep_checkpoint_max=config.keep_checkpoint_max,
        evaluate_first=False,
    )


def _eval_steps(
    config: finetune_config.FinetuneConfig, recipe: recipes.Recipe
) -> int:
    return config.eval_steps or max(1, recipe.num_steps // 10)


def run_settings(
    config: finetune_config.FinetuneConfig,
    albert: config_lib.AlbertConfig,
    recipe: recipes.Recipe,
    datas: Sequence[task_data.TaskData],
    seed: int,
    *,
    is_tpu: bool,
    replicas: int,
) -> dict[str, Any]:
    """Everything that decides the numbers of a run, as JSON values. run.json
    contains it, and a run can resume only with the same values."""
    return {
        **named_models.named(config),
        **dataclasses.asdict(recipe),
        "random_seed": seed,
        "eval_steps": _eval_steps(config, recipe),
        "precision": devices.precision(config, is_tpu),
        **teacher.decisive(config, datas[0].task.name),
        "labels": {data.task.name: data.labels for data in datas},
        "class_weights": skew.class_weights(config, datas),
        "data": {data.task.name: data.fingerprint("train") for data in datas},
        "eval_data": can_evaluate(datas)
        and {
            data.task.name: [*map(data.fingerprint, data.evaluation_splits)]
            for data in datas
        },
        "config": albert.to_dict(),
        "tokenizer": datas[0].tokenizer.fingerprint,
        "batches": {
            "lengths": {data.task.name: data.lengths for data in datas},
            "any_length": datas[0].any_length,
            # Packed rows are divided into this many parts.
            "parts": replicas * config.accumulate_steps
            if config.pack
            else None,
        },
    }


def can_evaluate(datas: Sequence[task_data.TaskData]) -> bool:
    """Whether each task has data to evaluate on."""
    return all(
        data.evaluation_splits and all(map(data.exists, data.evaluation_splits))
        for data in datas
    )
