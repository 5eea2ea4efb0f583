"""Checks a pretraining run before it starts."""

import os

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import optimization
from albert_tf.doctor import devices as doctor_devices
from albert_tf.doctor import findings
from albert_tf.doctor import output_folder
from albert_tf.doctor import recipe
from albert_tf.doctor import weights
from albert_tf.optimization import batch_scaling
from albert_tf.planning import depth_schedule
from albert_tf.planning import flops
from albert_tf.runs import compatibility
from albert_tf.workflows.common import doctor_machine
from albert_tf.workflows.common import estimates
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import checks
from albert_tf.workflows.pretraining import data as data_lib
from albert_tf.workflows.pretraining import doctor_records
from albert_tf.workflows.pretraining import settings
from data_pipeline.io import errors
from data_pipeline.io import files
from data_pipeline.pretraining import packed_rows
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import tokenizer_settings


def check_pretraining(
    config: pretrain_config.PretrainConfig,
) -> findings.Findings:
    """Checks a pretraining run before it starts.

    Nothing is trained or written. A TPU is started, since only a running one
    reports its replicas.

    Args:
        config: the settings of the run.
    Returns:
        All findings: errors, which would stop the run; warnings; and passed
        checks.

    Example:
        >>> config = albert_tf.PretrainConfig(model="base", output_dir="run")
        >>> found = albert_tf.check_pretraining(config)  # doctest: +SKIP
        >>> [finding.flag for finding in found.of("error")]  # doctest: +SKIP
        ['--input_file']
    """
    found = findings.Findings((*errors.USER_ERRORS, tf.errors.OpError))
    # Must run before anything else touches a device.
    devices = doctor_machine.look(config, found)
    found.faults("flags", checks.faults(config))
    config = found.attempt("names", named_models.fetched, config) or config
    albert = _albert(found, config)
    phases = found.attempt("--sequence_schedule", settings.phases, config)
    if albert is not None and phases is not None:
        found.attempt(
            "--max_seq_length", compatibility.check_positions, albert, phases
        )
    parts = None
    if albert is not None:
        parts = found.attempt(
            "--depth_schedule", settings.parts, config, albert
        )
    if devices is not None:
        _check_devices(found, config, devices, phases, parts)
    train_sets: doctor_records.RecordSets = {}
    eval_set = None
    if phases is not None:
        train_sets, eval_set = doctor_records.check(
            found, config, albert, phases
        )
    decided = None
    if config.do_train:
        decided = _check_rate(found, config)
        for phase in phases or ():
            if phase.max_seq_length in train_sets:
                record_set = train_sets[phase.max_seq_length]
                doctor_records.check_amount(found, config, phase, record_set)
    if config.teacher and phases is not None and eval_set is not None:
        records = data_lib.Records(config, phases, train_sets, eval_set)
        found.attempt("--teacher", data_lib.check_teacher, config, records)
    if albert is not None:
        _check_weights(found, config, albert, train_sets)
        if config.output_dir:
            _check_output(found, config, albert, decided, train_sets, eval_set)
    return found


def _albert(
    found: findings.Findings, config: pretrain_config.PretrainConfig
) -> config_lib.AlbertConfig | None:
    """The sizes of the model; None if they cannot be read."""
    if not (config.albert_config_file or config.model):
        return None  # already reported with the flags
    albert = found.attempt("--albert_config_file", settings.albert, config)
    if albert is not None:
        size = f"{flops.parameters(albert):,} parameters."
        found.fine("--albert_config_file", size)
    return albert


def _check_devices(
    found: findings.Findings,
    config: pretrain_config.PretrainConfig,
    devices: doctor_devices.Devices,
    phases: doctor_records.Phases | None,
    parts: tuple[depth_schedule.Part, ...] | None,
) -> None:
    found.attempt(
        "--jit_compile",
        compatibility.check_compiled,
        config.jit_compile,
        devices.replicas,
    )
    doctor_devices.check_batches(
        found,
        devices,
        train_batch_size=config.train_batch_size,
        accumulate_steps=config.accumulate_steps,
        eval_batch_size=config.eval_batch_size,
    )
    if phases is None or parts is None or not config.do_train:
        return
    masks = None
    if config.pack:
        masks = packed_rows.mask_slots(
            max(phase.max_seq_length for phase in phases),
            config.max_predictions_per_seq,
            config.masked_lm_prob,
        )
    shape = found.attempt(
        "--train_batch_size",
        settings.shape,
        config,
        devices.kind == "TPU",
        devices.replicas,
        masks,
    )
    if shape is not None and shape.rows > 0:
        doctor_devices.check_memory(found, devices, shape)


def _check_output(
    found: findings.Findings,
    config: pretrain_config.PretrainConfig,
    albert: config_lib.AlbertConfig,
    decided: batch_scaling.Scaled | None,
    train_sets: doctor_records.RecordSets,
    eval_set: record_sets.RecordSet | None,
) -> None:
    output_folder.check_space(
        found,
        config.run_dir,
        parameters=flops.parameters(albert),
        keep_checkpoint_max=config.keep_checkpoint_max,
    )
    if decided and train_sets and eval_set is not None:
        # A missing teacher is reported as an error of its own.
        decisive = found.attempt(
            "--output_dir",
            settings.decisive,
            config,
            decided,
            estimates.is_tpu(config),
            list(train_sets.values()),
            eval_set,
        )
        if decisive is not None:
            output_folder.check_run(
                found, config.run_dir, decisive, settings.read_command
            )


def _check_rate(
    found: findings.Findings, config: pretrain_config.PretrainConfig
) -> batch_scaling.Scaled | None:
    """Checks the learning rate and the warm-up, and returns them."""
    decided = found.attempt("--learning_rate", settings.recipe, config)
    if decided is None:
        return None
    steps = {
        "num_train_steps": config.num_train_steps,
        "num_warmup_steps": decided.num_warmup_steps,
    }
    optimizer = found.attempt(
        "--num_warmup_steps",
        optimization.create_optimizer,
        config.optimizer,
        learning_rate=decided.learning_rate,
        start_warmup_step=config.start_warmup_step,
        poly_power=config.poly_power,
        **steps,
    )
    if optimizer is not None:
        recipe.check_rate(
            found,
            optimizer=config.optimizer,
            learning_rate=decided.learning_rate,
            train_batch_size=config.train_batch_size,
            **steps,
        )
    return decided


def _check_weights(
    found: findings.Findings,
    config: pretrain_config.PretrainConfig,
    albert: config_lib.AlbertConfig,
    train_sets: doctor_records.RecordSets,
) -> None:
    if config.grow_from:
        weights.check_growth(found, config.grow_from, albert)
    path = config.init_checkpoint
    if not config.do_train:
        path = path or config.output_dir
    if not path:
        return
    weights.check(found, path, albert, config.allow_partial_init)
    first = next(iter(train_sets.values()), None)
    if first is None or first.tokenizer is None:
        return
    place = saved_tasks.folder_of(path)
    theirs = None
    if files.exists(os.path.join(place, tokenizer_settings.FILE_NAME)):
        theirs = found.attempt("--init_checkpoint", tokenizers.load, place)
        if theirs is None:
            return
    weights.check_tokenizer(
        found,
        path,
        theirs and theirs.fingerprint,
        first.tokenizer.fingerprint,
    )
