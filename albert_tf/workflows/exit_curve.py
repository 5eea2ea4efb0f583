"""albert_tf.exit_curve: score of a model with early exits by work and time."""

import io
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

import numpy as np
import tensorflow as tf

import albert_tf
from albert_tf import plots
from albert_tf.early_exit import figure
from albert_tf.early_exit import measure
from albert_tf.early_exit import model as early_exit
from albert_tf.finetuning import predictions
from albert_tf.io import new_folder
from albert_tf.runs import run_folder
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import exit_curve as exit_curve_config
from data_pipeline.io import files
from data_pipeline.io import outputs
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks

NAME = "exit_curve"


class ExitCurveResult(NamedTuple):
    """Scores of a model with early exits.

    Attributes:
        path: the path of exit_curve.json and exit_curve.png, without the
            ending.
        metric: the name of the metric.
        points: the lists of `measure.curve`, under "patience" and "layer".
    """

    path: str
    metric: str
    points: Mapping[str, Any]


def exit_curve(config: exit_curve_config.ExitCurveConfig) -> ExitCurveResult:
    """Measures the score of a model with early exits by its work and time.

    Args:
        config: the settings of the measurement.
    Returns:
        The scores by patience and by layer, and the path of their files.
    Raises:
        ImportError: matplotlib is not installed.
        ValueError: the model has no classifier at every layer.

    Example:
        >>> config = albert_tf.ExitCurveConfig(
        ...     checkpoint="run", output_dir="curve"
        ... )
        >>> albert_tf.exit_curve(config).metric  # doctest: +SKIP
        'accuracy'
    """
    plots.check_matplotlib()
    config = named_models.fetched(config)
    outputs.check_folder(config.output_dir, "--output_dir")
    config = remembered.take(config, saved_tasks.folder_of(config.checkpoint))
    tasks = from_config.tasks(config)
    if len(tasks) > 1:
        raise ValueError(
            "--task_name must name one task. Received: "
            f"--task_name={','.join(config.task_name or ())}."
        )
    strategy = tf.distribute.get_strategy()
    model = albert_tf.load(
        config.checkpoint, task=tasks[0].name, which=config.which
    )
    if not isinstance(model, early_exit.AlbertEarlyExitClassifier):
        raise ValueError(
            "--checkpoint must be a model with a classifier at every layer. "
            f"Received: {config.checkpoint}, an {type(model).__name__}. Train "
            "one with albert-tf finetune --early_exit."
        )
    saved = saved_tasks.of_model(config.checkpoint, model.task_info)
    data = from_config.data_of_model(
        config,
        tasks[0],
        config.checkpoint,
        saved,
        model.config.max_position_embeddings,
    )
    predict = predictions.make_predict(strategy, model)
    parts = []  # the logits of all layers

    def predict_and_keep(task: str, batches: Iterable) -> dict[str, np.ndarray]:
        parts.append(predict(batches)["layer_logits"])
        return {"logits": parts[-1][:, -1]}

    def score(logits: Sequence[np.ndarray]) -> float:
        left = iter(logits)
        return _score(config, strategy, lambda *_: {"logits": next(left)}, data)

    _score(config, strategy, predict_and_keep, data)
    features = [data.get(name).features for name in data.evaluation_splits]
    rows = np.split(
        features[0].sequences["token_ids"], features[0].row_splits[1:-1]
    )
    points = measure.curve(
        model,
        parts,
        np.concatenate([part.lengths for part in features]),
        score,
        rows[: config.timed_texts],
        config.exit_threshold,
    )
    split = data.get(data.evaluation_splits[0]).split
    return _write(config, points, data.metric_of(split))


def _score(
    config: exit_curve_config.ExitCurveConfig,
    strategy: tf.distribute.Strategy,
    predict: Callable[..., dict[str, np.ndarray]],
    data: task_data.TaskData,
) -> float:
    return evaluation.score(
        strategy,
        predict,
        [data],
        batch_size=config.eval_batch_size,
        threshold=None,
    )["score"]


def _write(
    config: exit_curve_config.ExitCurveConfig,
    points: dict[str, list[dict[str, Any]]],
    metric: str,
) -> ExitCurveResult:
    tf.io.gfile.makedirs(config.output_dir)
    path = os.path.join(config.output_dir, NAME)
    drawn = io.BytesIO()
    figure.draw(points, metric, drawn)
    with new_folder.room(path):
        run_folder.write_json(f"{path}.json", {"metric": metric, **points})
        files.write(f"{path}.png", drawn.getvalue())
    return ExitCurveResult(path, metric, points)
