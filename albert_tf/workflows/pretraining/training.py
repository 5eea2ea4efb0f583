"""The training of `pretrain`: its folder, and what goes into it."""

import dataclasses
import functools
import os
from typing import Any

import keras
import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import optimization
from albert_tf.interop import loading
from albert_tf.optimization import batch_scaling
from albert_tf.planning import depth_schedule
from albert_tf.planning import device_rate
from albert_tf.planning import flops
from albert_tf.runs import checkpoints
from albert_tf.runs import environment
from albert_tf.runs import run_checkpoint
from albert_tf.runs import run_folder
from albert_tf.tracking import followers
from albert_tf.training import distribution
from albert_tf.training import monitor
from albert_tf.training import pretraining
from albert_tf.training import run_schedule
from albert_tf.workflows.common import devices
from albert_tf.workflows.common import run_identity
from albert_tf.workflows.common import teacher
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import data as data_lib
from albert_tf.workflows.pretraining import settings


def claim(
    config: pretrain_config.PretrainConfig,
    strategy: tf.distribute.Strategy,
    albert: config_lib.AlbertConfig,
    recipe: batch_scaling.Scaled,
    records: data_lib.Records,
) -> dict[str, Any]:
    """Makes the folder this run's, with everything that a checkpoint needs.

    Returns:
        The settings that decide the run's numbers on every machine.
    """
    decisive = settings.decisive(
        config,
        recipe,
        distribution.is_tpu(strategy),
        list(records.train_sets.values()),
        records.eval_set,
    )
    if distribution.is_chief(strategy):
        assert config.output_dir is not None
        how = devices.described(config, strategy, config.eval_batch_size)
        run_folder.claim(
            config.output_dir,
            decisive,
            environment.describe(how),
            settings.read_command,
        )
        followers.begin(
            config.output_dir,
            {
                **config.given_values(),
                "learning_rate": recipe.learning_rate,
                "num_warmup_steps": recipe.num_warmup_steps,
            },
        )
        best = os.path.join(config.output_dir, checkpoints.BEST_FOLDER)
        for folder in (config.output_dir, best):
            tf.io.gfile.makedirs(folder)
            run_folder.write_json(
                os.path.join(folder, loading.CONFIG_FILE), albert.to_dict()
            )
            if records.eval_set.tokenizer is not None:
                records.eval_set.tokenizer.save(folder)
    return run_identity.without_places(decisive, config)


def train(
    config: pretrain_config.PretrainConfig,
    strategy: tf.distribute.Strategy,
    albert: config_lib.AlbertConfig,
    recipe: batch_scaling.Scaled,
    records: data_lib.Records,
    parts: tuple[depth_schedule.Part, ...],
) -> keras.Model:
    """Trains a model in the folder that `claim` has claimed."""
    assert config.output_dir is not None
    evaluation = None
    if config.eval_input_file:
        evaluation = functools.partial(records.eval_batches, strategy)
    init_checkpoint, grow_from, _ = run_checkpoint.find_each(
        [config.init_checkpoint, config.grow_from, config.teacher],
        config.which,
    )
    stretches = depth_schedule.stretches(records.phases, parts)
    return pretraining.train(
        strategy,
        pretraining.Setup(
            config=albert,
            output_dir=config.output_dir,
            make_optimizer=functools.partial(
                optimization.create_optimizer,
                config.optimizer,
                learning_rate=recipe.learning_rate,
                num_train_steps=config.num_train_steps,
                num_warmup_steps=recipe.num_warmup_steps,
                start_warmup_step=config.start_warmup_step,
                poly_power=config.poly_power,
                bias_correction=config.bias_correction,
            ),
            batch_size=config.train_batch_size,
            seed=config.random_seed,
            init_checkpoint=init_checkpoint,
            allow_partial_init=config.allow_partial_init,
            grow_from=grow_from,
            distillation=teacher.settings(config),
            execution=devices.execution(config, distribution.is_tpu(strategy)),
            accumulate_steps=config.accumulate_steps,
            jit_compile=config.jit_compile,
            on_collapse=config.on_collapse,
            work=_work(config, strategy, albert, stretches),
            parts=parts,
        ),
        pretraining.Data(
            functools.partial(records.train_batches, strategy),
            evaluation,
            records.unigram_loss(albert.vocab_size),
        ),
        run_schedule.Schedule(
            num_train_steps=config.num_train_steps,
            iterations_per_loop=config.iterations_per_loop,
            save_checkpoints_steps=config.save_checkpoints_steps,
            eval_steps=config.eval_steps,
            keep_checkpoint_max=config.keep_checkpoint_max,
            changes=tuple(stretch.stop_step for stretch in stretches[:-1]),
        ),
    )


def _work(
    config: pretrain_config.PretrainConfig,
    strategy: tf.distribute.Strategy,
    albert: config_lib.AlbertConfig,
    stretches: list[depth_schedule.Stretch],
) -> monitor.Work:
    """The operations of a step, for the model FLOP utilization."""
    rate = config.flops_per_second
    if rate is None and not distribution.is_tpu(strategy):
        rate = device_rate.measure(devices.precision(config, is_tpu=False))
    return monitor.Work(
        {
            stretch.stop_step: flops.per_step(
                dataclasses.replace(
                    albert, num_hidden_layers=stretch.num_layers
                ),
                batch_size=config.train_batch_size,
                max_seq_length=stretch.max_seq_length,
                max_predictions_per_seq=config.max_predictions_per_seq,
            )
            for stretch in stretches
        },
        rate and rate * distribution.num_devices(strategy),
    )
