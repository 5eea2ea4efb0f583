"""Measures a model with early exits, as flags say."""

import io
import os

import numpy as np
import tensorflow as tf
from absl import flags

import albert_tf
from albert_tf import plots
from albert_tf.early_exit import figure
from albert_tf.early_exit import measure
from albert_tf.early_exit import model as early_exit
from albert_tf.finetuning import predictions
from albert_tf.io import new_folder
from albert_tf.runs import run_folder
from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.io import outputs
from data_pipeline.tasks import remembered_flags
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.saved import saved_tasks

NAME = "exit_curve"

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    plots.check_matplotlib()
    outputs.check_folder(_FLAGS.output_dir, "--output_dir")
    remembered_flags.take(saved_tasks.folder_of(_FLAGS.checkpoint))
    tasks = task_settings.tasks()
    if len(tasks) > 1:
        raise ValueError(
            "--task_name must name one task. Received: "
            f"--task_name={','.join(_FLAGS.task_name)}."
        )
    strategy = tf.distribute.get_strategy()
    model = albert_tf.load(
        _FLAGS.checkpoint, task=tasks[0].name, which=_FLAGS.which
    )
    if not isinstance(model, early_exit.AlbertEarlyExitClassifier):
        raise ValueError(
            "--checkpoint must be a model with a classifier at every depth. "
            f"Received: {_FLAGS.checkpoint}, an {type(model).__name__}. Train "
            "one with albert-tf finetune --early_exit."
        )
    saved = saved_tasks.of_model(_FLAGS.checkpoint, model.task_info)
    data = task_settings.data_of_model(
        tasks[0],
        _FLAGS.checkpoint,
        saved,
        model.config.max_position_embeddings,
    )
    predict = predictions.make_predict(strategy, model)
    parts = []  # the logits of all layers

    def predict_and_keep(task, batches):
        parts.append(predict(batches)["layer_logits"])
        return {"logits": parts[-1][:, -1]}

    def score(logits):
        left = iter(logits)
        return _score(strategy, lambda *_: {"logits": next(left)}, data)

    _score(strategy, predict_and_keep, data)
    features = [data.get(name).features for name in data.evaluation_parts]
    rows = np.split(
        features[0].sequences["token_ids"], features[0].row_splits[1:-1]
    )
    points = measure.curve(
        model,
        parts,
        np.concatenate([part.lengths for part in features]),
        score,
        rows[: _FLAGS.timed_texts],
        _FLAGS.exit_threshold,
    )
    _write(points, data.metric)


def _score(strategy, predict, data) -> float:
    return evaluation.score(
        strategy,
        predict,
        [data],
        batch_size=_FLAGS.eval_batch_size,
        threshold=None,
    )["score"]


def _write(points, metric: str) -> None:
    tf.io.gfile.makedirs(_FLAGS.output_dir)
    path = os.path.join(_FLAGS.output_dir, NAME)
    drawn = io.BytesIO()
    figure.draw(points, metric, drawn)
    with new_folder.room(path):
        run_folder.write_json(f"{path}.json", {"metric": metric, **points})
        files.write(f"{path}.png", drawn.getvalue())
    print(f"{'patience':>8}{metric:>12}{'layers':>8}{'Mflops':>8}{'ms':>8}")
    for point in points["patience"]:
        print(
            f"{point['patience']:>8}{point['score']:>12.4f}"
            f"{point['exit_layer']:>8.2f}{point['flops'] / 1e6:>8.2f}"
            f"{point['milliseconds']:>8.2f}"
        )
    print(f"Written: {path}.json, {path}.png")
