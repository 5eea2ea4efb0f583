"""Evaluates a trained model, and keeps each evaluation under its own name."""

import os

import tensorflow as tf
from absl import flags
from absl import logging

from albert_tf.finetuning import network as network_lib
from albert_tf.runs import run_checkpoint
from albert_tf.training import checkpoints
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.finetuning import recorded
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.commands import command_line
from data_pipeline.io import outputs
from data_pipeline.tasks.data import part_checks
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import printed_results
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS
# Flags that say where the data to evaluate on is.
_PLACES = ("data_dir", "train_file", "eval_file", "eval_fraction", "tfds")


def main(argv: list[str]) -> None:
    model, file = command_line.arguments(argv, "MODEL", "FILE")
    path = run_checkpoint.find(model, _FLAGS.which)
    home = _FLAGS.output_dir or trained_model.home_of(model)
    outputs.check_folder(
        os.path.join(home, evaluation_files.EVALUATIONS), "--output_dir"
    )
    _FLAGS.output_dir = home  # encoded data is kept there
    if file:
        _FLAGS.eval_file = file
    trained_model.take_flags(model, () if file else _PLACES)
    tasks = trained_model.tasks(path)
    trained_model.check_one_task(tasks, file)
    part_checks.check_parts(tasks, evaluates=True, predicts=False)
    strategy = device_settings.make_strategy()
    distribution.check_batch_size(
        "eval_batch_size", _FLAGS.eval_batch_size, strategy.num_replicas_in_sync
    )
    config = starting_point.config_of(path, tasks[0].name)
    start = starting_point.of_weights(path, config)
    network, datas = trained_model.load(strategy, tasks, start)
    record(strategy, network, datas, path, home)


def score(
    strategy: tf.distribute.Strategy,
    datas: list[task_data.TaskData],
    network: network_lib.Network,
    output_dir: str | None = None,
    checkpoint: str | None = None,
) -> dict[str, float]:
    return evaluation.score(
        strategy,
        network.predict,
        datas,
        batch_size=_FLAGS.eval_batch_size,
        threshold=_FLAGS.null_score_threshold,
        output_dir=output_dir,
        checkpoint=checkpoint,
    )


def record(
    strategy: tf.distribute.Strategy,
    network: network_lib.Network,
    datas: list[task_data.TaskData],
    path: str,
    home: str,
    *,
    is_training: bool = False,
    **settings,
) -> None:
    """Evaluates, writes what was found, and prints it.

    Args:
        path: of the weights.
        home: the folder of the run.
        is_training: whether this is the run's own evaluation, whose results
            are in its folder itself; unless those there are of other rows.
        **settings: as of `recorded.describe`.
    """
    is_chief = distribution.is_chief(strategy)
    described = folder = None
    if is_chief:
        described, folder = _described(
            network, datas, path, home, is_training, settings
        )
    checkpoint = described and described["checkpoint"]
    values = score(strategy, datas, network, folder, checkpoint)
    if is_chief:
        for data in datas:
            if data.task.kind == "span" and data.task.unanswerable:
                _keep_threshold(home, path, data, folder == home)
        evaluation_files.write(folder, described, values)
        print(printed_results.text(folder, datas))
        print(f"Results: {os.path.join(folder, evaluation_files.RESULTS_FILE)}")


def _described(network, datas, path, home, is_training, settings):
    """What the evaluation is of, and the folder for it."""
    read = [
        (data, [data.get(name).part for name in data.evaluation_parts])
        for data in datas
    ]
    described = recorded.describe(network, read, path, home, **settings)
    own = os.path.join(home, evaluation_files.EVALUATION_FILE)
    if is_training and recorded.is_of_same_data(own, described):
        return described, home
    name = evaluation_files.name(described)
    return described, os.path.join(home, evaluation_files.EVALUATIONS, name)


def _keep_threshold(
    home: str, path: str, data: task_data.TaskData, is_runs_own: bool
) -> None:
    """Where training found none, and never in place of what it found."""
    stored = saved_tasks.read(home).of(data.task).get("null_score_threshold")
    is_own = trained_model.home_of(path).startswith(os.path.normpath(home))
    if is_own and (is_runs_own or stored is None):
        for place in ("", checkpoints.BEST_FOLDER):
            saved_tasks.write_threshold(
                os.path.join(home, place), data.task, data.threshold
            )
        logging.info(
            "Questions of %s have no answer above the null score %.4f, which "
            "is kept beside the model.",
            data.task.name,
            data.threshold,
        )
    elif stored is not None:
        logging.info(
            "These questions ask for a null score threshold of %.4f. The model "
            "keeps %.4f; --null_score_threshold says another one.",
            data.threshold,
            stored,
        )
