"""Pretrains an ALBERT on records, as flags say."""

import functools
import itertools
import json
import os

import albert_tf  # before tensorflow

# isort: split
import tensorflow as tf
from absl import flags

from albert_tf.compression import distillation_settings
from albert_tf.interop import loading
from albert_tf.planning import device_rate
from albert_tf.planning import flops
from albert_tf.planning import length_schedule
from albert_tf.runs import agreement
from albert_tf.runs import environment
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.training import checkpoints
from albert_tf.training import decisive_flags
from albert_tf.training import device_settings
from albert_tf.training import distribution
from albert_tf.training import loop
from albert_tf.training import machines
from albert_tf.training import monitor
from albert_tf.training import pretraining
from albert_tf.training import pretraining_flags
from albert_tf.training import pretraining_settings
from albert_tf.workflows.finetuning import one_run
from albert_tf.workflows.pretraining import estimate
from albert_tf.workflows.pretraining import record as pretraining_record
from data_pipeline.batches import host_share
from data_pipeline.commands import command_line
from data_pipeline.io import outputs
from data_pipeline.pretraining import baselines
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_settings
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    pretraining_flags.check()
    if _FLAGS.estimate:
        estimate.main(argv)
        return
    if not _FLAGS.do_train:
        outputs.check_folder(_FLAGS.output_dir, "--output_dir")
    strategy = device_settings.make_strategy()
    what = "pretraining" if _FLAGS.do_train else "evaluating"
    with one_run.held(strategy, _FLAGS.output_dir, what):
        _run(strategy)


def _run(strategy) -> None:
    with machines.together(strategy) as same:
        config, phases, train_sets, eval_set = _open(strategy)
        if _FLAGS.do_train:
            recipe = pretraining_settings.recipe()
            if _FLAGS.teacher:
                _check_teacher(phases, eval_set)
            same |= _claim(strategy, config, recipe, train_sets, eval_set)
    if _FLAGS.do_train:
        model = _train(strategy, config, recipe, phases, train_sets, eval_set)
    else:
        model = _load(strategy, config)
    if _FLAGS.do_eval:
        results = _evaluate(strategy, model, eval_set)
        if distribution.is_chief(strategy):
            pretraining_record.write(model, eval_set, results)
            print(json.dumps(results, indent=2))


def _open(strategy):
    """Config, phases and records, which fit together."""
    replicas = strategy.num_replicas_in_sync
    distribution.check_batch_size(
        "train_batch_size",
        _FLAGS.train_batch_size,
        replicas,
        _FLAGS.accumulate_steps,
    )
    distribution.check_batch_size(
        "eval_batch_size", _FLAGS.eval_batch_size, replicas
    )
    agreement.check_compiled(_FLAGS.jit_compile, replicas)
    phases = pretraining_settings.phases()
    config = pretraining_settings.config()
    agreement.check_positions(config, phases)
    train_sets = _open_records(_FLAGS.input_file, config, phases)
    # As the original, evaluate on --input_file where no other is given.
    eval_set = train_sets[phases[-1].max_seq_length]
    if _FLAGS.eval_input_file:
        (eval_set,) = _open_records(
            _FLAGS.eval_input_file, config, phases[-1:]
        ).values()
        agreement.check_one_tokenizer(
            _FLAGS.input_file,
            next(iter(train_sets.values())).manifest.tokenizer,
            _FLAGS.eval_input_file,
            eval_set.manifest.tokenizer,
        )
    return config, phases, train_sets, eval_set


def _check_teacher(phases, record_set) -> None:
    folder = distillation_settings.folder()
    tokenizer = record_set.manifest.tokenizer
    distillation_settings.check_fits(
        max(phase.max_seq_length for phase in phases),
        tokenizer,
        saved_tasks.tokenizer(None, folder).fingerprint
        if record_set.tokenizer is not None
        else tokenizer,  # Of Google's records nobody knows more than the size.
    )


def _claim(strategy, config, recipe, train_sets, eval_set) -> dict:
    """Makes --output_dir this run's, with all that a checkpoint needs.

    Returns:
        the settings that decide the run's numbers.
    """
    output_dir = _FLAGS.output_dir
    settings = agreement.settings(
        pretraining_settings.decisive(recipe, distribution.is_tpu(strategy)),
        config,
        eval_set.manifest.tokenizer,
        [s for each in train_sets.values() for s in each.manifest.shards],
        eval_set.manifest.shards,
    )
    if distribution.is_chief(strategy):
        execution = device_settings.described(strategy)
        run_folder.claim(output_dir, settings, environment.describe(execution))
        best = os.path.join(output_dir, checkpoints.BEST_FOLDER)
        for folder in (output_dir, best):
            tf.io.gfile.makedirs(folder)
            run_folder.write_json(
                os.path.join(folder, loading.CONFIG_FILE), config.to_dict()
            )
            if eval_set.tokenizer is not None:
                eval_set.tokenizer.save(folder)
    return decisive_flags.without_places(settings)


def _train(strategy, config, recipe, phases, train_sets, eval_set):
    evaluation = None
    if _FLAGS.eval_input_file:
        evaluation = functools.partial(_eval_batches, strategy, eval_set)
    init_checkpoint, grow_from, _ = run_checkpoint.find_each(
        [_FLAGS.init_checkpoint, _FLAGS.grow_from, _FLAGS.teacher],
        _FLAGS.which,
    )
    return pretraining.train(
        strategy,
        config,
        functools.partial(
            albert_tf.create_optimizer,
            _FLAGS.optimizer,
            learning_rate=recipe.learning_rate,
            num_train_steps=_FLAGS.num_train_steps,
            num_warmup_steps=recipe.num_warmup_steps,
            start_warmup_step=_FLAGS.start_warmup_step,
            poly_power=_FLAGS.poly_power,
            bias_correction=_FLAGS.bias_correction,
        ),
        pretraining.Data(
            functools.partial(_train_batches, strategy, phases, train_sets),
            evaluation,
            _unigram_loss(config, eval_set),
        ),
        loop.Schedule(
            num_train_steps=_FLAGS.num_train_steps,
            iterations_per_loop=_FLAGS.iterations_per_loop,
            save_checkpoints_steps=_FLAGS.save_checkpoints_steps,
            eval_steps=_FLAGS.eval_steps,
            keep_checkpoint_max=_FLAGS.keep_checkpoint_max,
            new_batches=tuple(phase.stop_step for phase in phases[:-1]),
        ),
        output_dir=_FLAGS.output_dir,
        batch_size=_FLAGS.train_batch_size,
        seed=_FLAGS.random_seed,
        execution=device_settings.execution(distribution.is_tpu(strategy)),
        accumulate_steps=_FLAGS.accumulate_steps,
        on_collapse=_FLAGS.on_collapse,
        init_checkpoint=init_checkpoint,
        allow_partial_init=_FLAGS.allow_partial_init,
        grow_from=grow_from,
        distillation=distillation_settings.settings(),
        jit_compile=_FLAGS.jit_compile,
        work=_work(strategy, config, phases),
    )


def _work(strategy, config, phases) -> monitor.Work:
    """For the model FLOP utilisation."""
    rate = _FLAGS.flops_per_second
    if rate is None and not distribution.is_tpu(strategy):
        rate = device_rate.measure(device_settings.precision(False))
    return monitor.Work(
        {
            phase.stop_step: flops.per_step(
                config,
                batch_size=_FLAGS.train_batch_size,
                max_seq_length=phase.max_seq_length,
                max_predictions_per_seq=_FLAGS.max_predictions_per_seq,
            )
            for phase in phases
        },
        rate and rate * distribution.num_devices(strategy),
    )


def _unigram_loss(config, record_set) -> float:
    """What the watchdog compares with, from as many batches as are enough."""
    batches, _ = _whole_eval_batches(record_set, host_share.WHOLE)
    some = itertools.islice(batches.as_numpy_iterator(), 20)
    return baselines.score(some, config.vocab_size)["unigram_loss"]


def _load(strategy, config):
    with strategy.scope():
        model = albert_tf.load(
            _FLAGS.init_checkpoint or _FLAGS.output_dir,
            config=config,
            allow_partial_init=_FLAGS.allow_partial_init,
            which=_FLAGS.which,
        )
    if not isinstance(model, albert_tf.AlbertPretrainer):
        raise ValueError(
            "The checkpoint to evaluate must be a pretrained model. Received: "
            f"a checkpoint of an {type(model).__name__}."
        )
    if model.config != config:
        raise ValueError(
            "--albert_config_file must describe the checkpoint. Received: "
            f"{config}, and a checkpoint of {model.config}."
        )
    return model


def _evaluate(strategy, model, eval_set):
    """The held-out metrics, and what a model that reads nothing would get."""
    scores = pretraining.Evaluator(
        strategy, model, functools.partial(_eval_batches, strategy, eval_set)
    )()
    batches, _ = _whole_eval_batches(eval_set, host_share.WHOLE)
    floor = baselines.score(
        batches.as_numpy_iterator(), model.config.vocab_size
    )
    return {
        "parameters": model.count_params(),
        **scores,
        **floor,
    }


def _train_batches(strategy, phases, train_sets, step):
    """The batches from `step` to the end of its phase."""
    phase = length_schedule.phase_of(phases, step)
    record_set = train_sets[phase.max_seq_length]

    def batches(context):
        return batching.training_batches(
            record_set,
            _mask_spec(record_set),
            batch_size=_FLAGS.train_batch_size,
            seed=_FLAGS.random_seed,
            # A phase begins with its records' first epoch.
            first_step=step - phase.first_step,
            share=host_share.of_context(context),
            pack=_FLAGS.pack,
        )

    return strategy.distribute_datasets_from_function(batches)


def _eval_batches(strategy, record_set):
    count = 0

    def batches(context):
        nonlocal count
        dataset, count = _whole_eval_batches(
            record_set, host_share.of_context(context)
        )
        return dataset

    return strategy.distribute_datasets_from_function(batches), count


def _whole_eval_batches(record_set, split):
    return batching.evaluation_batches(
        record_set,
        _mask_spec(record_set),
        batch_size=_FLAGS.eval_batch_size,
        seed=_FLAGS.eval_seed,
        max_batches=_FLAGS.max_eval_steps,
        share=split,
    )


def _mask_spec(record_set):
    if record_set.mask_slots is not None:
        return None
    return mask_spec.from_config(
        mask_settings.from_flags(), record_set.tokenizer
    )


def _open_records(patterns: str, config, phases):
    """The record set of each phase, by max_seq_length."""
    lengths = [phase.max_seq_length for phase in phases]
    if len(lengths) > 1:
        sets = record_sets.open_by_length(patterns, lengths)
    else:
        record_set = record_sets.open_records(
            patterns,
            lengths[0],
            pack=_FLAGS.pack,
            max_predictions=_FLAGS.max_predictions_per_seq,
            vocabulary=_FLAGS.spm_model_file,
        )
        sets = {lengths[0]: record_set}
    first = sets[lengths[0]]
    agreement.check_vocabulary(
        config,
        first.manifest.vocab_size,
        first.tokenizer is not None,
        patterns,
    )
    return sets
