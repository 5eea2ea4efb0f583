"""Prunes heads and feed-forward units of a model, as flags say."""

import io
import os

import numpy as np
import tensorflow as tf
from absl import flags
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
from albert_tf.runs import run_folder
from albert_tf.training import checkpoints
from albert_tf.workflows import new_output
from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs
from data_pipeline.tasks import remembered_flags
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.data import training_batches
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    given = (_FLAGS.keep_heads or (), _FLAGS.keep_width or ())
    if max(map(len, given)) > 1:
        outputs.check_folder(_FLAGS.output, "--output")
        plots.check_matplotlib()
        held = folder_lock.hold(_FLAGS.output, "pruning")
    else:
        held = new_output.hold(_FLAGS.output, "--output", "pruning")
    with held:
        _prune()


def _prune() -> None:
    remembered_flags.take(saved_tasks.folder_of(_FLAGS.checkpoint))
    tasks = task_settings.tasks()
    if len(tasks) > 1:
        raise ValueError(
            "--task_name must name one task. Received: "
            f"--task_name={','.join(_FLAGS.task_name)}."
        )
    (task,) = tasks
    head = kinds.shared_head(task.kind)
    model = albert_tf.load(
        _FLAGS.checkpoint, head=head, task=task.name, which=_FLAGS.which
    )
    sizes = pruning.sizes(model.config, _FLAGS.keep_heads, _FLAGS.keep_width)
    saved = saved_tasks.of_model(_FLAGS.checkpoint, model.task_info)
    data, row = task_settings.trained_data(
        task, _FLAGS.checkpoint, saved, model.config.max_position_embeddings
    )
    if len(sizes) == 1:
        _write(model, _importance(model, data), *sizes, data, row)
        return
    folders = [
        os.path.join(_FLAGS.output, f"heads_{heads}_width_{width}")
        for heads, width in sizes
    ]
    if not all(map(tf.io.gfile.exists, folders)):
        importance = _importance(model, data)
        for size, folder in zip(sizes, folders, strict=True):
            if not tf.io.gfile.exists(folder):
                _write(model, importance, size, data, row, folder)
    _draw([_point(folder, data) for folder in folders], data.metric)


def _importance(model, data) -> pruning.Arrays:
    kind = _kind(model, data.task)
    batches = training_batches.TrainingBatches(
        tf.distribute.get_strategy(),
        [data],
        num_steps=_FLAGS.num_batches,
        batch_size=_FLAGS.batch_size,
        sampling_power=1.0,
    )
    plan = batches.plan(_FLAGS.random_seed)
    return pruning.importance(
        model,
        kinds.KINDS[kind].objective,
        (
            batch
            for number in range(len(plan.kinds))
            for batch in batches.of_kind(plan, number, 0)
        ),
    )


def _kind(model, task) -> str:
    """The kind in task_kinds of the head that the model has.

    Raises:
        ValueError: a head that is not the task's.
    """
    kind = kinds.of_model(task.kind, model)
    if kind is None:
        raise ValueError(
            "--checkpoint must be a model with a trained head for the task, "
            "whose loss shows which weights matter. Received: "
            f"{_FLAGS.checkpoint}, an {type(model).__name__}, for {task.name}. "
            "Fine-tune it on the task first."
        )
    return kind


def _write(model, importance, size, data, row, folder=None) -> None:
    kept = pruning.most_important(importance, *size)
    weights = {
        name: weight.numpy()
        for name, weight in models.named_weights(model).items()
    }
    weights, config = pruning.prune(weights, model.config, kept)
    folder = folder or _FLAGS.output
    with new_folder.create(folder) as unfinished:
        tensorflow_checkpoint.write(config, weights, unfinished)
        saved_tasks.write(
            unfinished,
            {data.task.name: row},
            max(data.lengths),
            data.tokenizer,
        )
    logging.info(
        "%s: kept %d of %d heads, %d of %d units; %s of %s parameters.",
        folder,
        config.num_attention_heads,
        model.config.num_attention_heads,
        config.intermediate_size,
        model.config.intermediate_size,
        f"{sum(value.size for value in weights.values()):,}",
        f"{model.count_params():,}",
    )


def _point(folder, data) -> dict:
    """Of a size, and of its fine-tuned model if there is one."""
    model, score = _scored(folder, data)
    tuned = f"{folder}_tuned"  # a run
    tuned_score = None
    if checkpoints.saved_in(os.path.join(tuned, checkpoints.BEST_FOLDER)):
        _, tuned_score = _scored(
            os.path.join(tuned, checkpoints.BEST_FOLDER), data
        )
    lengths = np.concatenate(
        [data.get(name).features.lengths for name in data.evaluation_parts]
    )
    config = model.config
    work = flops.inference(config, lengths, config.num_hidden_layers)
    return {
        "heads": config.num_attention_heads,
        "width": config.intermediate_size,
        "parameters": model.count_params(),
        "flops": float(work.mean()),
        "score": score,
        "tuned_score": tuned_score,
    }


def _scored(path, data):
    """A model, and its score on the evaluation parts."""
    model = albert_tf.load(path, head=kinds.shared_head(data.task.kind))
    strategy = tf.distribute.get_strategy()
    predict = predictions.make_predict(strategy, model)
    score = evaluation.score(
        strategy,
        lambda _, batches: predict(batches),
        [data],
        batch_size=_FLAGS.eval_batch_size,
        threshold=None,
    )["score"]
    return model, score


def _draw(points, metric: str) -> None:
    path = os.path.join(_FLAGS.output, "curve")
    drawn = io.BytesIO()
    figure.draw(points, metric, drawn)
    content = {"metric": metric, "sizes": points}
    with new_folder.room(path):
        run_folder.write_json(f"{path}.json", content)
        files.write(f"{path}.png", drawn.getvalue())
    print(
        f"{'heads':>6}{'width':>7}{'parameters':>12}{'Mflops':>8}"
        f"{metric:>12}{'tuned':>8}"
    )
    for point in points:
        tuned = point["tuned_score"]
        print(
            f"{point['heads']:>6}{point['width']:>7}"
            f"{point['parameters']:>12,}{point['flops'] / 1e6:>8.2f}"
            f"{point['score']:>12.4f}"
            f"{'' if tuned is None else f'{tuned:.4f}':>8}"
        )
    print(f"Written: {path}.json, {path}.png")
