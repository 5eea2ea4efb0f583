"""Checks a pretraining run before it starts, as flags say."""

import os

import tensorflow as tf
from absl import flags

from albert_tf import config as config_lib
from albert_tf.compression import distillation_settings
from albert_tf.doctor import devices as devices_lib
from albert_tf.doctor import findings
from albert_tf.doctor import folder
from albert_tf.doctor import recipe
from albert_tf.doctor import weights
from albert_tf.optimization import batch_scaling
from albert_tf.optimization import create_optimizer
from albert_tf.planning import flops
from albert_tf.runs import agreement
from albert_tf.training import pretraining_flags
from albert_tf.training import pretraining_settings
from albert_tf.workflows import doctor_machine
from albert_tf.workflows.pretraining import doctor_records
from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.pretraining import packed_rows
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizer as tokenizer_lib
from data_pipeline.text.pieces import tokenizer_settings

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    found = findings.Findings((*command_line.USER_ERRORS, tf.errors.OpError))
    # Before anything else touches a device.
    devices = doctor_machine.look(found)
    found.faults("flags", pretraining_flags.faults())
    phases = found.attempt("--sequence_schedule", pretraining_settings.phases)
    config = _config(found)
    if config is not None and phases is not None:
        found.attempt(
            "--max_seq_length", agreement.check_positions, config, phases
        )
    if devices is not None:
        _check_devices(found, devices, config, phases)
    train_sets, eval_set = {}, None
    if phases is not None:
        train_sets, eval_set = doctor_records.check(found, config, phases)
    decided = None
    if _FLAGS.do_train:
        decided = _check_rate(found)
        for phase in phases or ():
            if phase.max_seq_length in train_sets:
                record_set = train_sets[phase.max_seq_length]
                doctor_records.check_amount(found, phase, record_set)
    if _FLAGS.teacher and phases is not None and eval_set is not None:
        found.attempt("--teacher", _check_teacher, phases, eval_set)
    if config is not None:
        _check_weights(found, config, train_sets)
        if _FLAGS.output_dir:
            _check_output(found, config, decided, train_sets, eval_set)
    findings.show(found)


def _config(found) -> config_lib.AlbertConfig | None:
    if not (_FLAGS.albert_config_file or _FLAGS.model):
        return None  # which the check of the flags says
    config = found.attempt("--albert_config_file", pretraining_settings.config)
    if config is not None:
        size = f"{flops.parameters(config):,} parameters."
        found.fine("--albert_config_file", size)
    return config


def _check_devices(found, devices, config, phases) -> None:
    found.attempt(
        "--jit_compile",
        agreement.check_compiled,
        _FLAGS.jit_compile,
        devices.replicas,
    )
    devices_lib.check_batches(
        found,
        devices,
        train_batch_size=_FLAGS.train_batch_size,
        accumulate_steps=_FLAGS.accumulate_steps,
        eval_batch_size=_FLAGS.eval_batch_size,
    )
    if config is None or phases is None or not _FLAGS.do_train:
        return
    masks = None
    if _FLAGS.pack:
        masks = packed_rows.mask_slots(
            max(phase.max_seq_length for phase in phases),
            _FLAGS.max_predictions_per_seq,
            _FLAGS.masked_lm_prob,
        )
    shape = found.attempt(
        "--train_batch_size",
        pretraining_settings.shape,
        devices.kind == "TPU",
        devices.replicas,
        masks,
    )
    if shape is not None and shape.rows > 0:
        devices_lib.check_memory(found, devices, shape)


def _check_output(found, config, decided, train_sets, eval_set) -> None:
    folder.check_space(
        found,
        _FLAGS.output_dir,
        parameters=flops.parameters(config),
        keep_checkpoint_max=_FLAGS.keep_checkpoint_max,
    )
    if decided and train_sets and eval_set is not None:
        # A teacher that is not there decides nothing.
        found.attempt(
            "--output_dir",
            _check_folder,
            found,
            config,
            decided,
            train_sets,
            eval_set,
        )


def _check_rate(found) -> batch_scaling.Scaled | None:
    """The learning rate and the warm-up that the run will have."""
    decided = found.attempt("--learning_rate", pretraining_settings.recipe)
    if decided is None:
        return None
    steps = {
        "num_train_steps": _FLAGS.num_train_steps,
        "num_warmup_steps": decided.num_warmup_steps,
    }
    optimizer = found.attempt(
        "--num_warmup_steps",
        create_optimizer,
        _FLAGS.optimizer,
        learning_rate=decided.learning_rate,
        start_warmup_step=_FLAGS.start_warmup_step,
        poly_power=_FLAGS.poly_power,
        **steps,
    )
    if optimizer is not None:
        recipe.check_rate(
            found,
            optimizer=_FLAGS.optimizer,
            learning_rate=decided.learning_rate,
            train_batch_size=_FLAGS.train_batch_size,
            **steps,
        )
    return decided


def _check_weights(found, config, train_sets) -> None:
    if _FLAGS.grow_from:
        weights.check_growth(found, _FLAGS.grow_from, config)
    path = _FLAGS.init_checkpoint
    if not _FLAGS.do_train:
        path = path or _FLAGS.output_dir
    if not path:
        return
    weights.check(found, path, config, _FLAGS.allow_partial_init)
    first = next(iter(train_sets.values()), None)
    if first is None or first.tokenizer is None:
        return
    place = saved_tasks.folder_of(path)
    theirs = None
    if files.exists(os.path.join(place, tokenizer_settings.FILE_NAME)):
        theirs = found.attempt("--init_checkpoint", tokenizer_lib.load, place)
        if theirs is None:
            return
    weights.check_tokenizer(
        found,
        path,
        theirs and theirs.fingerprint,
        first.tokenizer.fingerprint,
    )


def _check_teacher(phases, record_set) -> None:
    tokenizer = record_set.manifest.tokenizer
    distillation_settings.check_fits(
        max(phase.max_seq_length for phase in phases),
        tokenizer,
        saved_tasks.tokenizer(None, distillation_settings.folder()).fingerprint
        if record_set.tokenizer is not None
        else tokenizer,  # Of Google's records nobody knows more than the size.
    )


def _check_folder(found, config, decided, train_sets, eval_set) -> None:
    on_tpu = _FLAGS.strategy == "tpu" or bool(_FLAGS.tpu_name)
    settings = agreement.settings(
        pretraining_settings.decisive(decided, on_tpu),
        config,
        eval_set.manifest.tokenizer,
        [s for each in train_sets.values() for s in each.manifest.shards],
        eval_set.manifest.shards,
    )
    folder.check_run(found, _FLAGS.output_dir, settings)
