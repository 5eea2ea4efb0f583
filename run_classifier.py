r"""Fine-tunes an ALBERT on a task, evaluates it, and predicts.

    python run_classifier.py --task_name=sst-2 --data_dir=glue \
        --init_checkpoint=albert_base --output_dir=run \
        --do_train --do_eval --do_predict

Any task that ALBERT was published on (GLUE, RACE, SQuAD 1.1 and 2.0), tagging,
and data of one's own (--task_name=custom). Learning rate, steps, batch and
dropout are the published ones unless flags say otherwise. The same line again
goes on where it stopped. Without --do_train a checkpoint is evaluated as it is.
"""

import dataclasses
import functools
import os
import sys
from typing import NamedTuple

import albert_tf  # before tensorflow

# isort: split
import numpy as np
import tensorflow as tf
from absl import flags
from absl import logging

from albert_tf import loading
from albert_tf import source_checks
from albert_tf import source_heads
from albert_tf.compression import distillation_flags
from albert_tf.compression import early_exit
from albert_tf.compression import early_exit_flags
from albert_tf.optimization import recipes
from albert_tf.training import checkpoints
from albert_tf.training import device_flags
from albert_tf.training import distribution
from albert_tf.training import environment
from albert_tf.training import failed_runs
from albert_tf.training import finetuning
from albert_tf.training import finetuning_flags
from albert_tf.training import network as network_lib
from albert_tf.training import run_folder
from albert_tf.training import seeds
from albert_tf.training import stopping
from albert_tf.training import task_kinds
from data_pipeline import command_line
from data_pipeline import original_flags
from data_pipeline.tasks import encode
from data_pipeline.tasks import evaluation
from data_pipeline.tasks import parts
from data_pipeline.tasks import printed_results
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.tasks import task_flags
from data_pipeline.tasks import training_batches
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    finetuning_flags.check()
    if _FLAGS.labels and _FLAGS.do_train:
        raise ValueError(
            "--labels must be left out of training, which learns the classes "
            f"from its data. Received: --labels={','.join(_FLAGS.labels)}."
        )
    tasks = task_flags.tasks(_models_kind())
    strategy = device_flags.make_strategy()
    for name in ("eval_batch_size", "predict_batch_size"):
        distribution.check_batch_size(
            name, _FLAGS[name].value, strategy.num_replicas_in_sync
        )
    start = _start(tasks)
    if not _FLAGS.do_train:
        network, datas = _load(strategy, tasks, start)
    else:
        try:
            network, datas = _train(strategy, tasks, start)
        except stopping.Stopped as message:
            logging.warning("%s", message)
            sys.exit(stopping.RESUME_EXIT_CODE)
        except failed_runs.FailedRun as error:
            raise ValueError(str(error)) from None
        except distribution.LOST as error:
            logging.warning(
                "Lost another machine (%.200s). Starting again from the last "
                "checkpoint, and waiting until all machines are there.",
                error,
            )
            distribution.start_again()
    if _FLAGS.exit_patience:
        network.leave_early(_FLAGS.exit_patience, _FLAGS.exit_threshold)
    if _FLAGS.do_eval:
        _evaluate(strategy, network, datas)
    if _FLAGS.do_predict:
        for data in datas:
            folder = evaluation.folder_of(_FLAGS.output_dir, datas, data)
            evaluation.predict_tests(
                strategy,
                network.predict,
                data,
                batch_size=_FLAGS.predict_batch_size,
                threshold=_FLAGS.null_score_threshold,
                folder=folder if distribution.is_chief(strategy) else None,
            )


def _models_kind() -> str | None:
    """The kind of task that a model was trained for, which is used as it is."""
    is_asked = table.CUSTOM in _FLAGS.task_name and not _FLAGS.task_type
    path = _trained_path()
    if not is_asked or _FLAGS.do_train or path is None:
        return None
    given = finetuning_flags.given_config()
    source = loading.open_source(path, task=table.CUSTOM, config=given)
    return source_heads.task_of(source).kind


def _trained_path() -> str | None:
    """Where the weights are: --init_checkpoint, or the run's own best."""
    if _FLAGS.init_checkpoint is None and not _FLAGS.do_train:
        return seeds.best_folder(_FLAGS.output_dir)
    return _FLAGS.init_checkpoint


class _Start(NamedTuple):
    """What a run starts from.

    path: of weights, or None for random ones.
    folder: where they are, or None.
    """

    path: str | None
    folder: str | None
    config: albert_tf.AlbertConfig
    tokenizer: tokenizer_lib.Tokenizer


def _start(tasks) -> _Start:
    path, folder = _trained_path(), None
    if path is None:
        config = finetuning_flags.config()
    else:
        folder = saved_tasks.folder_of(path)
        config = _config_of(path, tasks[0].name)
    tokenizer = saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )
    if _FLAGS.do_train and _FLAGS.do_lower_case is None:
        tokenizer = saved_tasks.resumed(tokenizer, _FLAGS.output_dir)
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            "The vocabulary must be the model's. Received: one of "
            f"{tokenizer.vocab_size} pieces, and a model of "
            f"{config.vocab_size}. Name the right one with --spm_model_file."
        )
    return _Start(path, folder, config, tokenizer)


def _config_of(path: str, task: str) -> albert_tf.AlbertConfig:
    """The config of weights, with what flags change of it."""
    given = finetuning_flags.given_config()
    source = loading.open_source(path, task=task, config=given)
    if given is not None:
        source = source_checks.with_config(source, given)
    if not _FLAGS.allow_partial_init:
        source_checks.check_sizes(source)
    return finetuning_flags.with_depth(source.config)


def _load(strategy, tasks, start):
    """A trained network, and the data of the tasks that it was trained on."""
    sources = [_source(start.path, task, start.config) for task in tasks]
    saved = saved_tasks.of_model(start.path, source_heads.task_of(sources[0]))
    length = _checked_length(
        _FLAGS.max_seq_length
        or saved.max_seq_length
        or start.config.max_position_embeddings,
        start,
    )
    datas = []
    for task in tasks:
        data = task_flags.data(
            task,
            start.tokenizer,
            length,
            saved.labels(task, _FLAGS.labels),
            any_length=_any_length(strategy),
        )
        data.threshold = saved.threshold(task)
        data.scheme = saved.scheme(task, _FLAGS.labels)
        datas.append(data)
    heads = {
        data.task.name: _head(
            data, early_exit.is_in(source), source_heads.head_of(source)
        )
        for data, source in zip(datas, sources, strict=True)
    }
    network = network_lib.Network(strategy, start.config, heads)
    network.initialize(start.path, _FLAGS.allow_partial_init, needs_heads=True)
    return network, datas


def _source(path: str, task, config: albert_tf.AlbertConfig | None = None):
    # Google's files do not say what their classifier is.
    head = task_kinds.CLASSIFIERS.get(task.kind)
    return loading.open_source(path, head, task.name, config)


def _head(data, early_exit: bool, trained=None) -> network_lib.Head:
    return finetuning_flags.head(
        data.task.kind,
        data.task.unanswerable,
        data.num_classes,
        early_exit,
        trained,
    )


def _checked_length(length: int, start: _Start) -> int:
    if length > start.config.max_position_embeddings:
        raise ValueError(
            "A row must not be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and "
            f"{start.config.max_position_embeddings} of them."
        )
    return length


def _train(strategy, tasks, start):
    """Trains one seed after the other; the network of the best."""
    folders = seeds.folders(
        _FLAGS.output_dir, _FLAGS.random_seed, _FLAGS.num_seeds
    )
    datas, recipe = _prepare(strategy, tasks, start)
    if _FLAGS.teacher:
        _check_teacher(datas, recipe)
    results, failures = {}, {}
    for seed, folder in folders.items():
        try:
            network, results[seed] = _train_one(
                strategy, start, recipe, datas, seed, folder
            )
        except failed_runs.FailedRun as error:
            failures[seed] = str(error)
            if len(failures) == len(folders):
                raise  # none is left that may do better
            logging.warning("Seed %d failed. %s", seed, error)
    if len(folders) > 1:
        best = seeds.report(_FLAGS.output_dir, folders, results, failures)
        network.initialize(os.path.join(folders[best], checkpoints.BEST_FOLDER))
    return network, datas


def _any_length(strategy) -> bool:
    """Whether one program is for rows of all lengths."""
    return not device_flags.execution(distribution.is_tpu(strategy)).compiled


def _prepare(strategy, tasks, start):
    """The data of each task and the recipe; of several tasks that of the one
    with most examples, with the steps of all."""
    trains = [
        parts.read(task, "train", task_flags.source(task), labelled=True)
        for task in tasks
    ]
    counts = [
        sum(example is not None for example in train.examples)
        for train in trains
    ]
    found = [
        finetuning_flags.recipe(task.name, task.kind, start.config, count)
        for task, count in zip(tasks, counts, strict=True)
    ]
    recipe = found[int(np.argmax(counts))]
    if len(tasks) > 1:
        recipe = recipes.overridden(
            recipe,
            sum(counts),
            num_steps=_FLAGS.train_step or sum(one.num_steps for one in found),
            max_seq_length=max(one.max_seq_length for one in found),
        )
    logging.info("%s", recipes.described(recipe))
    length = _checked_length(recipe.max_seq_length, start)
    datas = [
        task_flags.data(
            task,
            start.tokenizer,
            length,
            _learnt_labels(task, train, start),
            train,
            any_length=_any_length(strategy),
        )
        for task, train in zip(tasks, trains, strict=True)
    ]
    return datas, recipe


def _learnt_labels(task, train, start) -> list[str]:
    """The classes of the training data; in the order of the model that training
    starts from, or of the teacher, if that knows the same ones."""
    labels = encode.learn_labels(task, train)
    for path in (start.path, _FLAGS.teacher):
        if path is not None:
            config = start.config if path == start.path else None
            own = source_heads.task_of(_source(path, task, config))
            saved = saved_tasks.of_model(path, own)
            ordered = saved.in_models_order(task, labels)
            if ordered != labels:
                return ordered
    return labels


def _check_teacher(datas, recipe) -> None:
    """Raises ValueError unless --teacher gives the same classes, in the same
    order, of the same tokens."""
    folder = distillation_flags.folder()
    distillation_flags.check_fits(
        recipe.max_seq_length,
        datas[0].tokenizer.fingerprint,
        saved_tasks.tokenizer(None, folder).fingerprint,
        datas[0].task.name,
    )
    for data in datas:
        name = data.task.name
        own = source_heads.task_of(_source(_FLAGS.teacher, data.task))
        saved = saved_tasks.of_model(_FLAGS.teacher, own)
        if data.labels and not own.labels:
            logging.warning(
                "No file names the classes of %s: that they are %s, in this "
                "order, is taken for granted.",
                _FLAGS.teacher,
                ", ".join(data.labels),
            )
        elif (len(datas) > 1 and name not in saved.tasks) or (
            saved.labels(data.task) != data.labels
        ):
            raise ValueError(
                "A teacher must know the tasks and their classes, in the order "
                f"of the student's. Received: {name} with {data.labels}, and "
                f"{_FLAGS.teacher} with {saved.tasks}."
            )


def _train_one(strategy, start, recipe, datas, seed, folder):
    config = dataclasses.replace(
        start.config,
        hidden_dropout_prob=recipe.dropout_prob,
        attention_probs_dropout_prob=recipe.dropout_prob,
    )
    distribution.check_batch_size(
        "train_batch_size",
        recipe.batch_size,
        strategy.num_replicas_in_sync,
        _FLAGS.accumulate_steps,
    )
    _claim(strategy, config, recipe, datas, seed, folder)
    batches = training_batches.TrainingBatches(
        strategy,
        datas,
        num_steps=recipe.num_steps,
        batch_size=recipe.batch_size,
        sampling_power=_FLAGS.task_sampling_power,
        accumulate_steps=_FLAGS.accumulate_steps,
    )
    can_evaluate = all(
        data.evaluation_parts and all(map(data.exists, data.evaluation_parts))
        for data in datas
    )
    network, result = finetuning.train(
        strategy,
        finetuning_flags.settings(
            recipe,
            config,
            {data.task.name: _head(data, _FLAGS.early_exit) for data in datas},
            start.path,
            seed,
            distribution.is_tpu(strategy),
        ),
        finetuning.Data(
            batches.plan,
            batches.of_kind,
            functools.partial(_score, strategy, datas)
            if can_evaluate
            else None,
            lambda values: -values["score"],
            batches.chance_loss,
        ),
        finetuning_flags.schedule(recipe),
        folder,
    )
    scores = [
        row["score"]
        for row in run_folder.read_metrics(folder)
        if row["kind"] == "eval"
    ]
    return network, {**result, "score": max(scores, default=None)}


def _score(
    strategy, datas, network, output_dir=None, checkpoint=None
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


def _claim(strategy, config, recipe, datas, seed, folder) -> None:
    """Makes the folder this run's, with all that a checkpoint needs."""
    if distribution.is_chief(strategy):
        settings = {
            **finetuning_flags.decisive(recipe, seed),
            **distillation_flags.decisive(datas[0].task.name),
            "labels": {data.task.name: data.labels for data in datas},
            "data": {
                data.task.name: encode.fingerprint(data.train) for data in datas
            },
            "config": config.to_dict(),
            "tokenizer": datas[0].tokenizer.fingerprint,
            "albert_tf": albert_tf.__version__,
        }
        run_folder.claim(folder, settings, environment.describe())
        best = os.path.join(folder, checkpoints.BEST_FOLDER)
        for place in {folder, best, _FLAGS.output_dir}:
            tf.io.gfile.makedirs(place)
            config.to_json(os.path.join(place, loading.CONFIG_FILE))
            saved_tasks.write(
                place,
                {data.task.name: data.saved_row for data in datas},
                recipe.max_seq_length,
                datas[0].tokenizer,
            )
    distribution.wait_for_all(strategy)


def _evaluate(strategy, network, datas) -> None:
    is_chief = distribution.is_chief(strategy)
    output_dir = _FLAGS.output_dir
    path = seeds.best_folder(output_dir) if _FLAGS.do_train else _trained_path()
    values = _score(
        strategy,
        datas,
        network,
        output_dir if is_chief else None,
        checkpoints.described(path),
    )
    if not is_chief:
        return
    for data in datas:
        if not data.task.unanswerable:
            continue
        for place in ("", checkpoints.BEST_FOLDER):
            saved_tasks.write_threshold(
                os.path.join(output_dir, place), data.task, data.threshold
            )
    run_folder.write_json(os.path.join(output_dir, "eval_results.json"), values)
    print(printed_results.text(output_dir, datas))


if __name__ == "__main__":
    finetuning_flags.define()
    task_flags.define()
    for module in (
        finetuning_flags,
        device_flags,
        distillation_flags,
        early_exit_flags,
        task_flags,
    ):
        flags.adopt_module_key_flags(module)  # for --help
    command_line.run(main, original_flags.CLASSIFIER)
