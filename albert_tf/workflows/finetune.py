"""Fine-tunes an ALBERT on tasks, evaluates it, and predicts, as flags say."""

import dataclasses
import functools
import json
import os
from typing import Any
from typing import NamedTuple

import albert_tf  # before tensorflow

# isort: split
import tensorflow as tf
from absl import flags
from absl import logging

from albert_tf import loading
from albert_tf import source_checks
from albert_tf import source_heads
from albert_tf.compression import distillation_settings
from albert_tf.compression import early_exit
from albert_tf.optimization import recipes
from albert_tf.training import checkpoints
from albert_tf.training import decisive_flags
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.training import environment
from albert_tf.training import failed_runs
from albert_tf.training import finetuning
from albert_tf.training import finetuning_flags
from albert_tf.training import finetuning_settings
from albert_tf.training import machines
from albert_tf.training import network as network_lib
from albert_tf.training import run_checkpoint
from albert_tf.training import run_folder
from albert_tf.training import seeds
from albert_tf.training import task_kinds
from albert_tf.workflows import one_run
from data_pipeline import command_line
from data_pipeline.tasks import encode
from data_pipeline.tasks import evaluation
from data_pipeline.tasks import parts
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import table
from data_pipeline.tasks import task_settings
from data_pipeline.tasks import training_batches
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    finetuning_flags.check()
    tasks = task_settings.tasks(models_kind())
    strategy = device_settings.make_strategy()
    for name in ("eval_batch_size", "predict_batch_size"):
        distribution.check_batch_size(
            name, _FLAGS[name].value, strategy.num_replicas_in_sync
        )
    what = "fine-tuning" if _FLAGS.do_train else "evaluating or predicting"
    with one_run.held(strategy, _FLAGS.output_dir, what):
        _run(strategy, tasks)


def _run(strategy, tasks) -> None:
    with machines.together(strategy):
        start = _start(tasks)
    if _FLAGS.do_train:
        try:
            network, datas = _train(strategy, tasks, start)
        except failed_runs.FailedRun as error:
            raise ValueError(str(error)) from None
    else:
        network, datas = _load(strategy, tasks, start)
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


def models_kind() -> str | None:
    """The kind of task that a model was trained for, which is used as it is."""
    is_asked = table.CUSTOM in _FLAGS.task_name and not _FLAGS.task_type
    path = trained_path()
    if not is_asked or _FLAGS.do_train or path is None:
        return None
    given = finetuning_settings.given_config()
    source = loading.open_source(path, task=table.CUSTOM, config=given)
    return source_heads.task_of(source).kind


def trained_path() -> str | None:
    """Where the weights are: --init_checkpoint, or the run's own."""
    path = _FLAGS.init_checkpoint
    if path is None and not _FLAGS.do_train:
        path = _FLAGS.output_dir
        if not run_checkpoint.is_run(path):
            raise FileNotFoundError(
                "There must be a model to evaluate: the one that "
                "--init_checkpoint names, or one trained in --output_dir. "
                f"Received: no --init_checkpoint, and no run in {path}."
            )
    return run_checkpoint.find_each([path, _FLAGS.teacher], _FLAGS.which)[0]


class Start(NamedTuple):
    """What a run starts from.

    path: of weights, or None for random ones.
    folder: where they are, or None.
    """

    path: str | None
    folder: str | None
    config: albert_tf.AlbertConfig
    tokenizer: tokenizer_lib.Tokenizer


def _start(tasks) -> Start:
    path, folder = trained_path(), None
    if path is None:
        config = finetuning_settings.config()
    else:
        folder = saved_tasks.folder_of(path)
        config = config_of(path, tasks[0].name)
    tokenizer = saved_tasks.tokenizer(
        _FLAGS.spm_model_file, folder, _FLAGS.do_lower_case
    )
    if _FLAGS.do_train and _FLAGS.do_lower_case is None:
        tokenizer = saved_tasks.resumed(tokenizer, _FLAGS.output_dir)
    check_pieces(tokenizer, config)
    return Start(path, folder, config, tokenizer)


def check_pieces(
    tokenizer: tokenizer_lib.Tokenizer, config: albert_tf.AlbertConfig
) -> None:
    """Raises ValueError unless the model has a row for each piece."""
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            "The vocabulary must be the model's. Received: one of "
            f"{tokenizer.vocab_size} pieces, and a model of "
            f"{config.vocab_size}. Name the right one with --spm_model_file."
        )


def config_of(path: str, task: str) -> albert_tf.AlbertConfig:
    """The config of weights, with what flags change of it."""
    given = finetuning_settings.given_config()
    source = loading.open_source(path, task=task, config=given)
    if given is not None:
        source = source_checks.with_config(source, given)
    if not _FLAGS.allow_partial_init:
        source_checks.check_sizes(source)
    return finetuning_settings.with_depth(source.config)


def _load(strategy, tasks, start):
    """A trained network, and the data of the tasks that it was trained on."""
    datas = trained_datas(tasks, start, any_length(strategy))
    heads = trained_heads(datas, start)
    network = network_lib.Network(strategy, start.config, heads)
    network.initialize(start.path, _FLAGS.allow_partial_init, needs_heads=True)
    return network, datas


def trained_datas(tasks, start: Start, any_length: bool) -> list:
    """The data of the tasks that a model was trained on."""
    source = source_of(start.path, tasks[0], start.config)
    saved = saved_tasks.of_model(start.path, source_heads.task_of(source))
    length = (
        _FLAGS.max_seq_length
        or saved.max_seq_length
        or start.config.max_position_embeddings
    )
    check_length(length, start.config)
    datas = []
    for task in tasks:
        data = task_settings.data(
            task,
            start.tokenizer,
            length,
            saved.labels(task, _FLAGS.labels),
            any_length=any_length,
        )
        data.threshold = saved.threshold(task)
        data.scheme = saved.scheme(task, _FLAGS.labels)
        datas.append(data)
    return datas


def trained_heads(datas, start: Start) -> dict[str, network_lib.Head]:
    """The heads that a model was trained with, by task."""
    heads = {}
    for data in datas:
        source = source_of(start.path, data.task, start.config)
        heads[data.task.name] = head(
            data, early_exit.is_in(source), source_heads.head_of(source)
        )
    return heads


def source_of(path: str, task, config: albert_tf.AlbertConfig | None = None):
    # Google's files do not say what their classifier is.
    head = task_kinds.CLASSIFIERS.get(task.kind)
    return loading.open_source(path, head, task.name, config)


def head(data, early_exit: bool, trained=None) -> network_lib.Head:
    return finetuning_settings.head(
        data.task.kind,
        data.task.unanswerable,
        data.num_classes,
        early_exit,
        trained,
    )


def check_length(length: int, config: albert_tf.AlbertConfig) -> None:
    """Raises ValueError where the model has no position for a token."""
    if length > config.max_position_embeddings:
        raise ValueError(
            "A row must not be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and "
            f"{config.max_position_embeddings} of them."
        )


def _train(strategy, tasks, start):
    """Trains one seed after the other; the network of the best."""
    folders = seeds.folders(
        _FLAGS.output_dir, _FLAGS.random_seed, _FLAGS.num_seeds
    )
    with machines.together(strategy):
        datas, recipe = _prepare(strategy, tasks, start)
        if _FLAGS.teacher:
            check_teacher(datas, recipe)
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
        network.initialize(folders[best])
    return network, datas


def any_length(strategy) -> bool:
    """Whether one program is for rows of all lengths."""
    return not device_settings.execution(distribution.is_tpu(strategy)).compiled


def _prepare(strategy, tasks, start):
    """The data of each task and the recipe; of several tasks that of the one
    with most examples, with the steps of all."""
    trains = [
        parts.read(task, "train", task_settings.source(task), labelled=True)
        for task in tasks
    ]
    counts = [
        sum(example is not None for example in train.examples)
        for train in trains
    ]
    recipe = finetuning_settings.recipe_of_all(
        [(task.name, task.kind) for task in tasks], start.config, counts
    )
    logging.info("%s", recipes.described(recipe))
    check_length(recipe.max_seq_length, start.config)
    datas = [
        task_settings.data(
            task,
            start.tokenizer,
            recipe.max_seq_length,
            learnt_labels(task, train, start),
            train,
            any_length=any_length(strategy),
        )
        for task, train in zip(tasks, trains, strict=True)
    ]
    return datas, recipe


def learnt_labels(task, train, start) -> list[str]:
    """The classes of the training data; in the order of the model that training
    starts from, or of the teacher, if that knows the same ones."""
    labels = encode.learn_labels(task, train)
    for path in (start.path, distillation_settings.teacher()):
        if path is not None:
            config = start.config if path == start.path else None
            own = source_heads.task_of(source_of(path, task, config))
            saved = saved_tasks.of_model(path, own)
            ordered = saved.in_models_order(task, labels)
            if ordered != labels:
                return ordered
    return labels


def check_teacher(datas, recipe) -> None:
    """Raises ValueError unless --teacher gives the same classes, in the same
    order, of the same tokens."""
    teacher = distillation_settings.teacher()
    folder = saved_tasks.folder_of(teacher)
    distillation_settings.check_fits(
        recipe.max_seq_length,
        datas[0].tokenizer.fingerprint,
        saved_tasks.tokenizer(None, folder).fingerprint,
        datas[0].task.name,
    )
    for data in datas:
        name = data.task.name
        own = source_heads.task_of(source_of(teacher, data.task))
        saved = saved_tasks.of_model(teacher, own)
        if data.labels and not own.labels:
            logging.warning(
                "No file names the classes of %s: that they are %s, in this "
                "order, is taken for granted.",
                teacher,
                ", ".join(data.labels),
            )
        elif (len(datas) > 1 and name not in saved.tasks) or (
            saved.labels(data.task) != data.labels
        ):
            raise ValueError(
                "A teacher must know the tasks and their classes, in the order "
                f"of the student's. Received: {name} with {data.labels}, and "
                f"{teacher} with {saved.tasks}."
            )


def with_dropout(config, recipe) -> albert_tf.AlbertConfig:
    """The config as it is trained."""
    return dataclasses.replace(
        config,
        hidden_dropout_prob=recipe.dropout_prob,
        attention_probs_dropout_prob=recipe.dropout_prob,
    )


def _train_one(strategy, start, recipe, datas, seed, folder):
    config = with_dropout(start.config, recipe)
    distribution.check_batch_size(
        "train_batch_size",
        recipe.batch_size,
        strategy.num_replicas_in_sync,
        _FLAGS.accumulate_steps,
    )
    with machines.together(strategy) as same:
        same |= _claim(strategy, config, recipe, datas, seed, folder)
    batches = training_batches.TrainingBatches(
        strategy,
        datas,
        num_steps=recipe.num_steps,
        batch_size=recipe.batch_size,
        sampling_power=_FLAGS.task_sampling_power,
        accumulate_steps=_FLAGS.accumulate_steps,
    )
    network, result = finetuning.train(
        strategy,
        finetuning_settings.settings(
            recipe,
            config,
            {data.task.name: head(data, _FLAGS.early_exit) for data in datas},
            start.path,
            seed,
            distribution.is_tpu(strategy),
        ),
        finetuning.Data(
            batches.plan,
            batches.of_kind,
            functools.partial(_score, strategy, datas)
            if _can_evaluate(datas)
            else None,
            lambda values: -values["score"],
            batches.chance_loss,
        ),
        finetuning_settings.schedule(recipe),
        folder,
    )
    scores = [
        row["score"]
        for row in run_folder.read_metrics(folder)
        if row["kind"] == "eval"
    ]
    return network, {**result, "score": max(scores, default=None)}


def _score(strategy, datas, network, output_dir=None) -> dict[str, float]:
    return evaluation.score(
        strategy,
        network.predict,
        datas,
        batch_size=_FLAGS.eval_batch_size,
        threshold=_FLAGS.null_score_threshold,
        output_dir=output_dir,
    )


def run_settings(
    config, recipe, datas, seed, *, is_tpu: bool, replicas: int
) -> dict[str, Any]:
    """All that decides the numbers of a run; resuming compares it."""
    return {
        **finetuning_settings.decisive(recipe, seed, is_tpu),
        **distillation_settings.decisive(datas[0].task.name),
        "labels": {data.task.name: data.labels for data in datas},
        "data": {data.task.name: data.fingerprint("train") for data in datas},
        "eval_data": _can_evaluate(datas)
        and {
            data.task.name: [*map(data.fingerprint, data.evaluation_parts)]
            for data in datas
        },
        "config": config.to_dict(),
        "tokenizer": datas[0].tokenizer.fingerprint,
        "batches": {
            "lengths": {data.task.name: data.lengths for data in datas},
            "any_length": datas[0].any_length,
            # Packed rows divide into these.
            "parts": replicas * _FLAGS.accumulate_steps
            if _FLAGS.pack
            else None,
        },
    }


def _can_evaluate(datas) -> bool:
    return all(
        data.evaluation_parts and all(map(data.exists, data.evaluation_parts))
        for data in datas
    )


def _claim(strategy, config, recipe, datas, seed, folder) -> dict[str, Any]:
    """Makes the folder this run's, with all that a checkpoint needs.

    Returns:
        the settings that decide the run's numbers.
    """
    settings = run_settings(
        config,
        recipe,
        datas,
        seed,
        is_tpu=distribution.is_tpu(strategy),
        replicas=strategy.num_replicas_in_sync,
    )
    if distribution.is_chief(strategy):
        execution = device_settings.described(strategy)
        run_folder.claim(folder, settings, environment.describe(execution))
        best = os.path.join(folder, checkpoints.BEST_FOLDER)
        for place in {folder, best, _FLAGS.output_dir}:
            tf.io.gfile.makedirs(place)
            run_folder.write_json(
                os.path.join(place, loading.CONFIG_FILE), config.to_dict()
            )
            saved_tasks.write(
                place,
                {data.task.name: data.saved_row for data in datas},
                recipe.max_seq_length,
                datas[0].tokenizer,
            )
    return decisive_flags.without_places(settings)


def _evaluate(strategy, network, datas) -> None:
    is_chief = distribution.is_chief(strategy)
    output_dir = _FLAGS.output_dir
    values = _score(strategy, datas, network, output_dir if is_chief else None)
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
    print(json.dumps(values, indent=2))
