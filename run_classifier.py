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
import json
import os
import sys
from typing import Any

import numpy as np
import tensorflow as tf
from absl import flags
from absl import logging

import albert_tf
from albert_tf import loading
from albert_tf.optimization import recipes
from albert_tf.training import checkpoints
from albert_tf.training import device_flags
from albert_tf.training import distribution
from albert_tf.training import environment
from albert_tf.training import failed_runs
from albert_tf.training import finetuning
from albert_tf.training import finetuning_flags
from albert_tf.training import loop
from albert_tf.training import run_folder
from albert_tf.training import seeds
from albert_tf.training import stopping
from data_pipeline import command_line
from data_pipeline.tasks import batch_plan
from data_pipeline.tasks import encode
from data_pipeline.tasks import input as input_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import parts
from data_pipeline.tasks import saved_tasks
from data_pipeline.tasks import task_data
from data_pipeline.tasks import task_flags

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    finetuning_flags.check()
    tasks = task_flags.tasks()
    strategy = device_flags.make_strategy()
    start = _start(tasks)
    if _FLAGS.do_train:
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
    else:
        saved = saved_tasks.read(start.folder)
        length = (
            _FLAGS.max_seq_length
            or saved.max_seq_length
            or start.config.max_position_embeddings
        )
        datas = [
            _data(task, start, length, saved.labels(task)) for task in tasks
        ]
        for data in datas:
            data.threshold = saved.threshold(data.task)
        network = finetuning.Network(strategy, start.config, _heads(datas))
        network.initialize(start.path, _FLAGS.allow_partial_init)
    if _FLAGS.do_eval:
        _evaluate(strategy, network, datas)
    if _FLAGS.do_predict:
        _predict(strategy, network, datas)


@dataclasses.dataclass(frozen=True)
class _Start:
    """path: of weights, or None; folder: where they are."""

    path: str | None
    folder: str | None
    config: albert_tf.AlbertConfig
    tokenizer: Any


def _start(tasks) -> _Start:
    """Weights, config and tokenizer to start from."""
    path = _FLAGS.init_checkpoint
    if path is None and not _FLAGS.do_train:
        path = seeds.best_folder(_FLAGS.output_dir)
    folder, config = None, None
    if path is not None:
        folder = path if tf.io.gfile.isdir(path) else os.path.dirname(path)
        config = loading.open_source(path, task=tasks[0].name).config
    elif bool(_FLAGS.albert_config_file) == bool(_FLAGS.model):
        raise ValueError(
            "A model comes from --init_checkpoint, or, with random weights, "
            "from one of --albert_config_file and --model. Received: "
            f"{_FLAGS.albert_config_file!r} and {_FLAGS.model!r}."
        )
    elif _FLAGS.albert_config_file:
        config = albert_tf.AlbertConfig.from_json(_FLAGS.albert_config_file)
    else:
        config = albert_tf.AlbertConfig.named(_FLAGS.model)
    tokenizer = saved_tasks.tokenizer(_FLAGS.spm_model_file, folder)
    if tokenizer.vocab_size != config.vocab_size:
        raise ValueError(
            "The vocabulary must be the model's. Received: one of "
            f"{tokenizer.vocab_size} pieces, and a model of "
            f"{config.vocab_size}. Name the right one with --spm_model_file."
        )
    return _Start(path, folder, config, tokenizer)


def _data(task, start, length, labels, train=None) -> task_data.TaskData:
    if length > start.config.max_position_embeddings:
        raise ValueError(
            "A row cannot be longer than the model's positions. Received: "
            f"--max_seq_length={length}, and "
            f"{start.config.max_position_embeddings} of them."
        )
    return task_data.TaskData(
        task,
        task_flags.source(task),
        labels,
        start.tokenizer,
        task_flags.encoding(length),
        task_flags.lengths(length),
        num_workers=_FLAGS.num_workers,
        cache_dir=_FLAGS.cached_dir or os.path.join(_FLAGS.output_dir, "cache"),
        pack=_FLAGS.pack,
        train=train,
        **(
            {
                "n_best_size": _FLAGS.n_best_size,
                "max_answer_length": _FLAGS.max_answer_length,
            }
            if task.kind == "span"
            else {}
        ),
    )


def _heads(datas) -> dict[str, finetuning.Head]:
    return {
        data.task.name: finetuning.Head(_head(data.task), data.num_classes)
        for data in datas
    }


def _head(task) -> str:
    if task.kind != "span" or _FLAGS.span_head == "plain":
        return task.kind
    if _FLAGS.span_head == "conditional" or task.unanswerable:
        return "conditional_span"
    return "span"


def _train(strategy, tasks, start):
    """Trains one seed after the other; the network of the best."""
    folders = seeds.folders(
        _FLAGS.output_dir, _FLAGS.random_seed, _FLAGS.num_seeds
    )
    length, datas, recipe = _recipe(tasks, start)
    results = {}
    for seed, folder in folders.items():
        network, result = _train_one(
            strategy, start, recipe, length, datas, seed, folder
        )
        results[seed] = result
    if len(folders) > 1:
        best = seeds.report(_FLAGS.output_dir, folders, results)
        network.initialize(os.path.join(folders[best], checkpoints.BEST_FOLDER))
    return network, datas


def _recipe(tasks, start):
    """(max_seq_length, data of each task, recipe); of several tasks that of the
    largest, with the steps of all."""
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
    if len(tasks) > 1 and not _FLAGS.train_step:
        recipe = recipes.overridden(
            recipe, sum(counts), num_steps=sum(one.num_steps for one in found)
        )
    logging.info("%s", recipes.described(recipe))
    length = max(one.max_seq_length for one in found)
    datas = [
        _data(task, start, length, encode.learn_labels(task, train), train)
        for task, train in zip(tasks, trains, strict=True)
    ]
    return length, datas, recipe


def _train_one(strategy, start, recipe, length, datas, seed, folder):
    config = dataclasses.replace(
        start.config,
        hidden_dropout_prob=recipe.dropout_prob,
        attention_probs_dropout_prob=recipe.dropout_prob,
    )
    replicas = strategy.num_replicas_in_sync
    distribution.check_batch_size(
        "train_batch_size",
        recipe.batch_size,
        replicas,
        _FLAGS.accumulate_steps,
    )
    eval_steps = _FLAGS.eval_steps or max(1, recipe.num_steps // 10)
    _claim(strategy, config, recipe, length, datas, seed, folder, eval_steps)
    train_sets = {data.task.name: data.get("train").features for data in datas}
    by_name = {data.task.name: data for data in datas}
    can_evaluate = all(
        data.exists(name)
        for data in datas
        for name in task_flags.evaluation_parts(data.task)
    )
    network, result = finetuning.train(
        strategy,
        finetuning.Settings(
            config=config,
            heads=_heads(datas),
            make_optimizer=functools.partial(_optimizer, recipe),
            learning_rate=recipe.learning_rate,
            num_warmup_steps=recipe.num_warmup_steps,
            batch_size=recipe.batch_size,
            seed=seed,
            dropout_prob=recipe.classifier_dropout_prob,
            init_checkpoint=start.path,
            allow_partial_init=_FLAGS.allow_partial_init,
            freeze=tuple(_FLAGS.freeze or ()),
            layer_decay=_FLAGS.layer_decay,
            lora_rank=_FLAGS.lora_rank,
            lora_alpha=_FLAGS.lora_alpha,
            accumulate_steps=_FLAGS.accumulate_steps,
            jit_compile=_FLAGS.jit_compile,
            execution=device_flags.execution(distribution.is_tpu(strategy)),
            on_collapse=_FLAGS.on_collapse,
            on_failed_run=_FLAGS.on_failed_run,
        ),
        finetuning.Data(
            functools.partial(_plan, by_name, train_sets, recipe),
            functools.partial(_train_batches, strategy, train_sets),
            functools.partial(_scores, strategy, datas)
            if can_evaluate
            else None,
            lambda values: -values["score"],
            encode.chance_loss(datas[0].task, train_sets[datas[0].task.name])
            if len(datas) == 1
            else None,
        ),
        loop.Schedule(
            num_train_steps=recipe.num_steps,
            iterations_per_loop=_FLAGS.iterations_per_loop,
            save_checkpoints_steps=_FLAGS.save_checkpoints_steps or eval_steps,
            eval_steps=eval_steps,
            keep_checkpoint_max=_FLAGS.keep_checkpoint_max,
            evaluate_first=False,
        ),
        folder,
    )
    scores = [
        row["score"]
        for row in run_folder.read_metrics(folder)
        if row["kind"] == "eval"
    ]
    result["score"] = max(scores, default=None)
    return network, result


def _claim(
    strategy, config, recipe, length, datas, seed, folder, eval_steps
) -> None:
    """Makes the folder this run's, with all that a checkpoint needs."""
    if distribution.is_chief(strategy):
        settings = {
            **{name: _FLAGS[name].value for name in finetuning_flags.DECIDE},
            **dataclasses.asdict(recipe),
            "max_seq_length": length,
            "random_seed": seed,
            "eval_steps": eval_steps,
            "tasks": [data.task.name for data in datas],
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
            config.to_json(os.path.join(place, "albert_config.json"))
            saved_tasks.write(
                place,
                [(data.task, data.labels) for data in datas],
                length,
                datas[0].tokenizer,
            )
    distribution.wait_for_all(strategy)


def _optimizer(recipe, learning_rate, rate_multipliers):
    return albert_tf.create_optimizer(
        _FLAGS.optimizer,
        learning_rate=learning_rate,
        num_train_steps=recipe.num_steps,
        num_warmup_steps=recipe.num_warmup_steps,
        poly_power=_FLAGS.poly_power,
        weight_decay_rate=_FLAGS.weight_decay_rate,
        bias_correction=_FLAGS.bias_correction,
        rate_multipliers=rate_multipliers,
    )


def _plan(datas, train_sets, recipe, seed):
    lengths = {task: made.lengths for task, made in train_sets.items()}
    return batch_plan.make(
        lengths,
        {
            task: batch_plan.lengths_in_use(
                lengths[task], data.lengths, recipe.batch_size
            )
            for task, data in datas.items()
        },
        num_steps=recipe.num_steps,
        batch_size=recipe.batch_size,
        seed=seed,
        sampling_power=_FLAGS.task_sampling_power,
        pack=_FLAGS.pack,
    )


def _train_batches(strategy, train_sets, plan, kind, first):
    task, length = plan.kinds[kind]
    return strategy.distribute_datasets_from_function(
        lambda context: input_lib.batches(
            train_sets[task],
            plan.items[kind][first:],
            length,
            split=_split(context),
            training=True,
        )
    )


def _split(context: tf.distribute.InputContext) -> input_lib.Split:
    return input_lib.Split(
        host=context.input_pipeline_id,
        hosts=context.num_input_pipelines,
        replicas=context.num_replicas_in_sync,
    )


def _outcome(strategy, network, data, encoded, batch_size):
    """What the network says of a part."""
    distribution.check_batch_size(
        "eval_batch_size", batch_size, strategy.num_replicas_in_sync
    )
    count = len(data.evaluation_batches(encoded, batch_size, input_lib.Split()))

    def batches():
        for number in range(count):
            yield from strategy.distribute_datasets_from_function(
                lambda context, number=number: data.evaluation_batches(
                    encoded, batch_size, _split(context)
                )[number]
            )

    return data.outcome(encoded, network.predict(data.task.name, batches()))


def _scores(strategy, datas, network) -> dict[str, float]:
    """The metrics of all evaluation parts; `score` is the mean of the main
    ones, from 0 to 1."""
    values, mains = {}, []
    for data, encoded, outcome in _evaluated(strategy, network, datas):
        found = data.score(encoded, outcome, _FLAGS.null_score_threshold)
        mains.append(_main(data.task, found))
        prefix = _prefix(datas, data, encoded.part)
        values |= {f"{prefix}{name}": value for name, value in found.items()}
    return {"score": float(np.mean(mains)), **values}


def _main(task, found) -> float:
    return found[task.metric] / (100 if task.kind == "span" else 1)


def _prefix(datas, data, part) -> str:
    prefix = f"{data.task.name}/" if len(datas) > 1 else ""
    if len(task_flags.evaluation_parts(data.task)) > 1:
        prefix += f"{part.name}/"
    return prefix


def _evaluated(strategy, network, datas):
    for data in datas:
        for name in task_flags.evaluation_parts(data.task):
            encoded = data.get(name)
            yield (
                data,
                encoded,
                _outcome(
                    strategy, network, data, encoded, _FLAGS.eval_batch_size
                ),
            )


def _folder(datas, data) -> str:
    """Of predictions: of several tasks one each."""
    if len(datas) == 1:
        return _FLAGS.output_dir
    return os.path.join(_FLAGS.output_dir, data.task.name)


def _evaluate(strategy, network, datas) -> None:
    values = {}
    for data, encoded, outcome in _evaluated(strategy, network, datas):
        found = data.score(encoded, outcome, _FLAGS.null_score_threshold)
        if "threshold_first" in found:
            # For questions of other files: between what two halves asked for.
            data.threshold = (
                found["threshold_first"] + found["threshold_second"]
            ) / 2
            for place in ("", checkpoints.BEST_FOLDER):
                saved_tasks.write_threshold(
                    os.path.join(_FLAGS.output_dir, place),
                    data.task,
                    data.threshold,
                )
        prefix = _prefix(datas, data, encoded.part)
        values |= {f"{prefix}{name}": value for name, value in found.items()}
        if distribution.is_chief(strategy):
            outcomes.write(
                _folder(datas, data),
                data.task,
                encoded.part,
                outcome.predicted,
                data.labels,
                outputs=outcome.outputs,
                made=encoded.features,
                threshold=_FLAGS.null_score_threshold,
            )
    if distribution.is_chief(strategy):
        path = os.path.join(_FLAGS.output_dir, "eval_results.json")
        run_folder.write_json(path, values)
        print(json.dumps(values, indent=2))


def _predict(strategy, network, datas) -> None:
    for data in datas:
        found = {}
        for name in task_flags.test_parts(data.task):
            if not data.exists(name):
                logging.warning("%s has no %s.", data.task.name, name)
                continue
            encoded = data.get(name, labelled=False)
            outcome = _outcome(
                strategy, network, data, encoded, _FLAGS.predict_batch_size
            )
            found[name] = encoded.part, outcome.predicted
            if distribution.is_chief(strategy):
                outcomes.write(
                    _folder(datas, data),
                    data.task,
                    encoded.part,
                    outcome.predicted,
                    data.labels,
                    outputs=outcome.outputs,
                    made=encoded.features,
                    threshold=data.threshold
                    if _FLAGS.null_score_threshold is None
                    else _FLAGS.null_score_threshold,
                )
        if not found:
            raise FileNotFoundError(
                f"--do_predict needs a file to predict. Received: none of "
                f"{', '.join(data.task.tests)} in --data_dir, and no "
                "--predict_file."
            )
        if data.task.submission and distribution.is_chief(strategy):
            outcomes.submit(_folder(datas, data), data.task, found)


if __name__ == "__main__":
    finetuning_flags.define()
    task_flags.define()
    for module in (finetuning_flags, device_flags, task_flags):
        flags.adopt_module_key_flags(module)  # for --help
    command_line.run(main)
