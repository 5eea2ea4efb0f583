"""albert_tf.prune: heads and feed-forward units of a fine-tuned model."""

import io
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from absl import logging

import albert_tf
from albert_tf import kinds
from albert_tf import models
from albert_tf import plots
from albert_tf.compression import pruning
from albert_tf.compression import pruning_figure as figure
from albert_tf.finetuning import predictions
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.io import new_folder
from albert_tf.planning import flops
from albert_tf.runs import checkpoints
from albert_tf.runs import run_folder
from albert_tf.workflows.common import named_models
from albert_tf.workflows.common import new_output
from albert_tf.workflows.configs import prune as prune_config
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.data import training_batches
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks


class PruneResult(NamedTuple):
    """The output of a pruning.

    Attributes:
        output: the folder that was written.
        metric: the name of the score in `sizes`.
        sizes: for several sizes, one row each: heads, width, parameters, FLOPs
            of an average text, score, and the score after fine-tuning, if the
            model was fine-tuned again.
        curve: the path of curve.json and curve.png, without the ending; None
            for one size.
    """

    output: str
    metric: str | None = None
    sizes: Sequence[Mapping[str, Any]] = ()
    curve: str | None = None


def prune(config: prune_config.PruneConfig) -> PruneResult:
    """Prunes heads and feed-forward units of a fine-tuned model.

    Args:
        config: the settings of the pruning.
    Returns:
        The folder that was written; for several sizes, the scores of each.
    Raises:
        FileExistsError: the output of a single size already exists.
        ImportError: there are several sizes, and matplotlib is not installed.
        ValueError: the model has no head for the task, or a size does not fit.

    Example:
        >>> config = albert_tf.PruneConfig(
        ...     checkpoint="run", output="pruned", keep_heads="0.5"
        ... )
        >>> albert_tf.prune(config).output  # doctest: +SKIP
        'pruned'
    """
    given = (config.keep_heads or (), config.keep_width or ())
    if max(map(len, given)) > 1:
        outputs.check_folder(config.output, "--output")
        plots.check_matplotlib()
        held = folder_lock.hold(config.output, "pruning")
    else:
        held = new_output.hold(config.output, "--output", "pruning")
    with held:
        return _prune(named_models.fetched(config))


def _prune(config: prune_config.PruneConfig) -> PruneResult:
    config = remembered.take(config, saved_tasks.folder_of(config.checkpoint))
    tasks = from_config.tasks(config)
    if len(tasks) > 1:
        raise ValueError(
            "--task_name must name one task. Received: "
            f"--task_name={','.join(config.task_name or ())}."
        )
    (task,) = tasks
    if not kinds.KINDS[task.kind].is_counted:
        raise ValueError(
            "A model to prune must be an encoder with a head. Received: "
            f"{task.name}, a task of the kind {task.kind}, whose decoder would "
            "keep all its heads."
        )
    head = kinds.shared_head(task.kind)
    model = albert_tf.load(
        config.checkpoint, head=head, task=task.name, which=config.which
    )
    sizes = pruning.sizes(model.config, config.keep_heads, config.keep_width)
    saved = saved_tasks.of_model(config.checkpoint, model.task_info)
    data, row = from_config.trained_data(
        config,
        task,
        config.checkpoint,
        saved,
        model.config.max_position_embeddings,
    )
    if len(sizes) == 1:
        (size,) = sizes
        importance = _importance(config, model, data)
        _write(model, importance, size, data, row, config.output)
        return PruneResult(config.output)
    folders = [
        os.path.join(config.output, f"heads_{heads}_width_{width}")
        for heads, width in sizes
    ]
    if not all(map(tf.io.gfile.exists, folders)):
        importance = _importance(config, model, data)
        for size, folder in zip(sizes, folders, strict=True):
            if not tf.io.gfile.exists(folder):
                _write(model, importance, size, data, row, folder)
    points = [_point(config, folder, data) for folder in folders]
    split = data.get(data.evaluation_splits[0]).split
    return _draw(config, points, data.metric_of(split))


def _importance(
    config: prune_config.PruneConfig,
    model: keras.Model,
    data: task_data.TaskData,
) -> pruning.Arrays:
    kind = _kind(config, model, data.task)
    batches = training_batches.TrainingBatches(
        tf.distribute.get_strategy(),
        [data],
        num_steps=config.num_batches,
        batch_size=config.batch_size,
        sampling_power=1.0,
    )
    plan = batches.plan(config.random_seed)
    return pruning.importance(
        model,
        kinds.KINDS[kind].objective,
        (
            batch
            for number in range(len(plan.kinds))
            for batch in batches.of_kind(plan, number, 0)
        ),
    )


def _kind(
    config: prune_config.PruneConfig, model: keras.Model, task: table.Task
) -> str:
    """Returns the name of the model's head in `kinds.KINDS`.

    Raises:
        ValueError: the head does not fit the task.
    """
    kind = kinds.of_model(task.kind, model)
    if kind is None:
        raise ValueError(
            "--checkpoint must be a model with a trained head for the task, "
            "whose loss shows which weights matter. Received: "
            f"{config.checkpoint}, an {type(model).__name__}, for {task.name}. "
            "Fine-tune it on the task first."
        )
    return kind


def _write(
    model: keras.Model,
    importance: pruning.Arrays,
    size: tuple[int, int],
    data: task_data.TaskData,
    row: dict[str, Any],
    folder: str,
) -> None:
    kept = pruning.most_important(importance, *size)
    weights = {
        name: weight.numpy()
        for name, weight in models.named_weights(model).items()
    }
    weights, albert = pruning.prune(weights, model.config, kept)
    with new_folder.create(folder) as unfinished:
        tensorflow_checkpoint.write(albert, weights, unfinished)
        saved_tasks.write(
            unfinished,
            {data.task.name: row},
            max(data.lengths),
            data.tokenizer,
        )
    logging.info(
        "%s: kept %d of %d heads, %d of %d units; %s of %s parameters.",
        folder,
        albert.num_attention_heads,
        model.config.num_attention_heads,
        albert.intermediate_size,
        model.config.intermediate_size,
        f"{sum(value.size for value in weights.values()):,}",
        f"{model.count_params():,}",
    )


def _point(
    config: prune_config.PruneConfig, folder: str, data: task_data.TaskData
) -> dict[str, Any]:
    """Returns the row of a size, with the score of its fine-tuned model if
    there is one."""
    model, score = _scored(config, folder, data)
    tuned = f"{folder}_tuned"  # the folder of a run
    tuned_score = None
    if checkpoints.saved_in(os.path.join(tuned, checkpoints.BEST_FOLDER)):
        _, tuned_score = _scored(
            config, os.path.join(tuned, checkpoints.BEST_FOLDER), data
        )
    lengths = np.concatenate(
        [data.get(name).features.lengths for name in data.evaluation_splits]
    )
    albert = model.config
    work = flops.inference(albert, lengths, albert.num_hidden_layers)
    return {
        "heads": albert.num_attention_heads,
        "width": albert.intermediate_size,
        "parameters": model.count_params(),
        "flops": float(work.mean()),
        "score": score,
        "tuned_score": tuned_score,
    }


def _scored(
    config: prune_config.PruneConfig, path: str, data: task_data.TaskData
) -> tuple[keras.Model, float]:
    """Loads a model, and scores it on the evaluation data."""
    model = albert_tf.load(path, head=kinds.shared_head(data.task.kind))
    strategy = tf.distribute.get_strategy()
    predict = predictions.make_predict(strategy, model)
    score = evaluation.score(
        strategy,
        lambda _, batches: predict(batches),
        [data],
        batch_size=config.eval_batch_size,
        threshold=None,
    )["score"]
    return model, score


def _draw(
    config: prune_config.PruneConfig,
    points: list[dict[str, Any]],
    metric: str,
) -> PruneResult:
    path = os.path.join(config.output, "curve")
    drawn = io.BytesIO()
    figure.draw(points, metric, drawn)
    content = {"metric": metric, "sizes": points}
    with new_folder.room(path):
        run_folder.write_json(f"{path}.json", content)
        files.write(f"{path}.png", drawn.getvalue())
    return PruneResult(config.output, metric, points, path)
