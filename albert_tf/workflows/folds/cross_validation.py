"""Cross-validation: trains a model for each fold of the training rows.

RUN/fold_1/                       the run that is evaluated on fold 1
RUN/cross_validation.json         the metrics of all folds
RUN/out_of_fold_predictions.tsv   a prediction for each training row
"""

import dataclasses
import os
import statistics
from collections.abc import Callable
from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf
from absl import logging

from albert_tf.io import atomic
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.training import distribution
from albert_tf.training import machines
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.folds import out_of_fold
from data_pipeline.io import aligned_table
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.partitions import folds

FILE_NAME = "cross_validation.json"
PREDICTIONS = "out_of_fold_predictions.tsv"

# Metrics that are no measure of quality.
_COUNTS = ("rows", "predicted_classes")

# Takes the config of a fold; trains and evaluates its model.
RunFold = Callable[[finetune_config.FinetuneConfig], out_of_fold.Fold]


class CrossValidation(NamedTuple):
    """The results of a cross-validation.

    Attributes:
        folds: the metrics of each fold, by its number from 1 on.
        mean, standard_deviation: those of the folds' metrics, by name.
        out_of_fold: the metrics over all rows, each predicted by the model
            that was not trained on it.
        predictions: the file with these predictions, with the columns index,
            fold, label, prediction and probability.
    """

    folds: dict[int, dict[str, float]]
    mean: dict[str, float]
    standard_deviation: dict[str, float]
    out_of_fold: dict[str, float]
    predictions: str

    @property
    def table(self) -> str:
        """The metrics as text, without those of single classes."""
        header = ["", "mean", "deviation", "all rows out of fold"]
        rows = [
            [
                name,
                f"{mean:.4f}",
                f"{self.standard_deviation[name]:.4f}",
                f"{self.out_of_fold[name]:.4f}"
                if name in self.out_of_fold
                else "",
            ]
            for name, mean in self.mean.items()
            if "/" not in name and name not in _COUNTS
        ]
        return aligned_table.text(header, rows)


def run(
    config: finetune_config.FinetuneConfig,
    strategy: tf.distribute.Strategy,
    run_fold: RunFold,
) -> CrossValidation:
    """Trains and evaluates all folds, one after another. The same call resumes
    where an earlier one stopped.

    Raises:
        ValueError: the rows cannot be divided into so many folds, or the task
            cannot be evaluated in this way.
    """
    with machines.together(strategy):
        (task,) = from_config.tasks(config)
        whole = _training_rows(config, task)
        assert config.folds is not None
        numbers = folds.numbers(whole, config.folds)
    found = {}
    for fold in range(1, config.folds + 1):
        logging.info("Fold %d of %d.", fold, config.folds)
        found[fold] = run_fold(of_fold(config, fold))
    result = _result(config.run_dir, found)
    out = out_of_fold.metrics(whole, numbers, found)
    result = result._replace(out_of_fold=out)
    if distribution.is_chief(strategy):
        atomic.write_text(
            result.predictions, out_of_fold.table(whole, numbers, found)
        )
        content = {**result._asdict(), "predictions": PREDICTIONS}
        run_folder.write_json(os.path.join(config.run_dir, FILE_NAME), content)
    return result


def of_fold(
    config: finetune_config.FinetuneConfig, fold: int
) -> finetune_config.FinetuneConfig:
    """The config of a fold's run. Encoded data is kept in one place."""
    return dataclasses.replace(
        config,
        fold=fold,
        do_eval=True,
        output_dir=os.path.join(
            config.run_dir, f"{run_checkpoint.FOLD_PREFIX}{fold}"
        ),
        cached_dir=config.cached_dir or os.path.join(config.run_dir, "cache"),
    )


def _training_rows(
    config: finetune_config.FinetuneConfig, task: table.Task
) -> splits.Split:
    if kinds.of(task).reads_apart:
        raise ValueError(
            "--folds must be used with a task that has a prediction for each "
            "row. Received: an embedding task, whose scores compare texts "
            "that one model embeds. Use --eval_file or --eval_fraction."
        )
    source = dataclasses.replace(from_config.source(config, task), folds=None)
    return split_files.read(task, "train", source, labelled=True)


def _result(
    output_dir: str, found: Mapping[int, out_of_fold.Fold]
) -> CrossValidation:
    metrics = {number: fold.metrics for number, fold in found.items()}
    first, *others = metrics.values()
    common = [name for name in first if all(name in each for each in others)]
    values = {
        name: [each[name] for each in metrics.values()] for name in common
    }
    return CrossValidation(
        metrics,
        {name: statistics.mean(each) for name, each in values.items()},
        {name: statistics.stdev(each) for name, each in values.items()},
        {},
        os.path.join(output_dir, PREDICTIONS),
    )
