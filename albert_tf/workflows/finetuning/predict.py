"""Predicts files and texts with a trained model, and shows what it says."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from absl import flags

from albert_tf.runs import run_checkpoint
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.workflows.common import evaluation_files
from albert_tf.workflows.finetuning import recorded
from albert_tf.workflows.finetuning import starting_point
from albert_tf.workflows.finetuning import trained_model
from data_pipeline.commands import command_line
from data_pipeline.io import outputs
from data_pipeline.tasks import parts
from data_pipeline.tasks.data import given_texts
from data_pipeline.tasks.data import part_checks
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.readers import json_rows
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import predicted_rows
from data_pipeline.tasks.results import prediction_output
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS

STDIN = "-"
# Flags that say where the data to predict is.
_PLACES = ("data_dir", "predict_file", "tfds")
_SHOWN = 3


def main(argv: list[str]) -> None:
    model, file = command_line.arguments(argv, "MODEL", "FILE")
    are_texts = given_texts.check(file)
    path = run_checkpoint.find(model, _FLAGS.which)
    home = trained_model.home_of(model)
    _check_output(home, are_texts)
    with _as_file(file) as found:
        if found:
            _FLAGS.predict_file = found
        places = () if found or are_texts else _PLACES
        trained_model.take_flags(model, places)
        tasks = trained_model.tasks(path)
        given = "a text" if are_texts else file
        trained_model.check_one_task(tasks, given or _FLAGS.output)
        if are_texts:
            saved = saved_tasks.read(saved_tasks.folder_of(path))
            given_texts.check_kind(tasks[0].kind, saved.of(tasks[0]))
        else:
            part_checks.check_parts(tasks, predicts=True)
        _predict(path, home, tasks, are_texts, file)


def _predict(path, home, tasks, are_texts: bool, file: str | None) -> None:
    strategy = device_settings.make_strategy()
    distribution.check_batch_size(
        "predict_batch_size",
        _FLAGS.predict_batch_size,
        strategy.num_replicas_in_sync,
    )
    config = starting_point.config_of(path, tasks[0].name)
    start = starting_point.of_weights(path, config)
    network, datas = trained_model.load(strategy, tasks, start)
    for data in datas:
        if are_texts:
            found = [given_texts.part(data)]
        else:
            found = [
                data.to_predict(name)
                for name in data.test_parts
                if data.exists(name)
            ]
        for part in found:
            rows = _rows(strategy, network, data, part)
            if not distribution.is_chief(strategy):
                continue
            output = _FLAGS.output
            if not are_texts and not output:
                name = "stdin" if file == STDIN else None
                output = _path(network, data, part, path, home, name)
            if output:
                prediction_output.write(output, rows)
            _show(rows, output, are_texts)


def _rows(strategy, network, data: task_data.TaskData, part: parts.Part):
    encoded = data.encode(part)
    threshold = _FLAGS.null_score_threshold
    return predicted_rows.of(
        data,
        encoded,
        evaluation.predictions_of(
            strategy, network.predict, data, encoded, _FLAGS.predict_batch_size
        ),
        data.threshold if threshold is None else threshold,
    )


def _path(network, data, part, path, home, name: str | None) -> str:
    described = recorded.describe(network, [(data, [part])], path, home)
    if name:
        described["data"][data.task.name][0]["file"] = name
    folder = os.path.join(home, recorded.PREDICTIONS)
    outputs.check_folder(folder, "--output")
    return os.path.join(folder, f"{evaluation_files.name(described)}.jsonl")


def _show(rows, output: str | None, are_texts: bool) -> None:
    shown = rows if are_texts else rows[:_SHOWN]
    print(prediction_output.table(shown))
    if len(rows) > len(shown):
        print(f"... and {len(rows) - len(shown):,} more")
    if output:
        print(f"Predictions: {output}")


def _check_output(home: str, are_texts: bool) -> None:
    if _FLAGS.output:
        prediction_output.check(_FLAGS.output)
        outputs.check_new(_FLAGS.output, "--output")
    elif not are_texts:
        outputs.check_folder(
            os.path.join(home, recorded.PREDICTIONS), "--output"
        )


@contextmanager
def _as_file(file: str | None) -> Iterator[str | None]:
    """The path of a file; of standard input one that it was copied to."""
    if file != STDIN:
        yield file
        return
    content = sys.stdin.buffer.read()
    is_json = json_rows.begins(content[:1000].decode("utf-8", "replace"))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stdin" + (".json" if is_json else ".txt"))
        with open(path, "wb") as copy:
            copy.write(content)
        yield path
