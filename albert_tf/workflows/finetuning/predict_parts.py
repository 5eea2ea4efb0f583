"""Predicts the parts of tasks that have no labels, as benchmarks want it."""

import os

import tensorflow as tf
from absl import flags

from albert_tf.finetuning import network as network_lib
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.workflows.finetuning import recorded
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.results import evaluation

_FLAGS = flags.FLAGS


def write(
    strategy: tf.distribute.Strategy,
    network: network_lib.Network,
    datas: list[task_data.TaskData],
    path: str,
    home: str,
    **settings,
) -> None:
    """Writes the files of each task, and says where.

    Args: as of evaluate.record.
    """
    for data in datas:
        described = folder = None
        if distribution.is_chief(strategy):
            found = [
                data.get(name, labelled=False).part
                for name in data.test_parts
                if data.exists(name)
            ]
            described = recorded.describe(
                network, [(data, found)], path, home, **settings
            )
            folder = recorded.prediction_folder(
                evaluation.folder_of(home, datas, data), described
            )
        evaluation.predict_tests(
            strategy,
            network.predict,
            data,
            batch_size=_FLAGS.predict_batch_size,
            threshold=_FLAGS.null_score_threshold,
            folder=folder,
        )
        if folder:
            run_folder.write_json(
                os.path.join(folder, recorded.PREDICTION_FILE), described
            )
            print(f"Predictions: {folder}")
