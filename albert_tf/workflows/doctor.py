"""Checks a run before it starts, as flags say."""

import os
import sys

import tensorflow as tf
from absl import flags

from albert_tf.compression import distillation_settings
from albert_tf.doctor import devices as devices_lib
from albert_tf.doctor import findings
from albert_tf.doctor import folder
from albert_tf.doctor import recipe
from albert_tf.doctor import records
from albert_tf.doctor import weights
from albert_tf.optimization import batch_scaling
from albert_tf.optimization import create_optimizer
from albert_tf.training import agreement
from albert_tf.training import device_settings
from albert_tf.training import flops
from albert_tf.training import pretraining_flags
from albert_tf.training import pretraining_settings
from data_pipeline import command_line
from data_pipeline import files
from data_pipeline.pretraining import packing
from data_pipeline.pretraining import record_sample
from data_pipeline.pretraining import record_sets
from data_pipeline.tasks import saved_tasks
from data_pipeline.text import settings as tokenizer_settings
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    found = findings.Findings((*command_line.USER_ERRORS, tf.errors.OpError))
    # Before anything else touches a device.
    devices = found.attempt("--strategy", _look_at_devices)
    found.attempt("flags", pretraining_flags.check)
    phases = found.attempt("--sequence_schedule", pretraining_settings.phases)
    config = None
    if _FLAGS.albert_config_file or _FLAGS.model:
        config = found.attempt(
            "--albert_config_file", pretraining_settings.config
        )
    if config is not None:
        size = f"{flops.parameters(config):,} parameters."
        found.fine("--albert_config_file", size)
        if phases is not None:
            found.attempt(
                "--max_seq_length", agreement.check_positions, config, phases
            )
    if devices is not None:
        _check_devices(found, devices, config, phases)
    train_sets, eval_set = {}, None
    if phases is not None:
        train_sets, eval_set = _check_records(found, config, phases)
    decided = None
    if _FLAGS.do_train:
        decided = _check_rate(found)
        for phase in phases or ():
            if phase.max_seq_length in train_sets:
                record_set = train_sets[phase.max_seq_length]
                _check_amount(found, phase, record_set)
    if _FLAGS.teacher and phases is not None and eval_set is not None:
        found.attempt("--teacher", _check_teacher, phases, eval_set)
    if config is not None:
        _check_weights(found, config, train_sets)
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
    print(found)
    sys.exit(1 if found.of("error") else 0)


def _look_at_devices() -> devices_lib.Devices:
    workers = devices_lib.workers(
        _FLAGS.strategy,
        _FLAGS.tpu_name,
        _FLAGS.worker_hosts,
        os.environ.get("TF_CONFIG", ""),
    )
    return devices_lib.look(
        _FLAGS.strategy,
        tpu=_FLAGS.tpu_name,
        num_cpu_devices=_FLAGS.num_cpu_devices,
        num_workers=workers,
    )


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
        eval_batch_size=_FLAGS.eval_batch_size,
        accumulate_steps=_FLAGS.accumulate_steps,
    )
    if config is None or phases is None or not _FLAGS.do_train:
        return
    is_tpu = devices.kind == "TPU"
    if is_tpu and device_settings.precision(is_tpu) == "float32":
        found.warning(
            "--precision",
            "float32 on a TPU, whose matrix units are made for bfloat16. Leave "
            "--precision out.",
        )
    masks = None
    if _FLAGS.pack:
        masks = packing.mask_slots(
            max(phase.max_seq_length for phase in phases),
            _FLAGS.max_predictions_per_seq,
            _FLAGS.masked_lm_prob,
        )
    shape = pretraining_settings.shape(is_tpu, devices.replicas, masks)
    devices_lib.check_memory(found, devices, shape)


def _check_records(found, config, phases):
    """The training sets by length, and the evaluation set, as far as any."""
    train_sets = _open(found, "--input_file", phases)
    for record_set in train_sets.values():
        records.check_set(
            found,
            "--input_file",
            record_set,
            record_sample.read(record_set),
            pack=_FLAGS.pack,
        )
    if train_sets and config is not None:
        first = next(iter(train_sets.values()))
        found.attempt(
            "--albert_config_file",
            agreement.check_vocabulary,
            config,
            first.manifest.vocab_size,
            first.tokenizer is not None,
            _FLAGS.input_file,
        )
    if not _FLAGS.eval_input_file:
        found.warning(
            "--eval_input_file",
            "There are no held-out records: overfitting would look like "
            "learning. Name some with --eval_input_file.",
        )
        return train_sets, train_sets.get(phases[-1].max_seq_length)
    eval_set = None
    for eval_set in _open(found, "--eval_input_file", phases[-1:]).values():
        records.check_set(
            found,
            "--eval_input_file",
            eval_set,
            record_sample.read(eval_set),
            pack=True,  # in evaluation nobody minds padding
        )
        if train_sets:
            records.check_held_out(
                found,
                list(train_sets.values()),
                eval_set,
                _FLAGS.input_file,
                _FLAGS.eval_input_file,
            )
    return train_sets, eval_set


def _open(found, flag, phases) -> dict[int, record_sets.RecordSet]:
    patterns = _FLAGS[flag.removeprefix("--")].value
    lengths = [phase.max_seq_length for phase in phases]
    if len(lengths) > 1:
        return (
            found.attempt(flag, record_sets.open_by_length, patterns, lengths)
            or {}
        )
    settings = {"vocabulary": _FLAGS.spm_model_file, "pack": _FLAGS.pack}
    errors = len(found.of("error"))
    opened = found.attempt(
        flag,
        record_sets.open_records,
        patterns,
        lengths[0],
        max_predictions=_FLAGS.max_predictions_per_seq,
        **settings,
    )
    if len(found.of("error")) > errors:
        # Of another length than the flags say they may still be looked at.
        try:
            opened = record_sets.open_records(patterns, None, **settings)
        except command_line.USER_ERRORS:
            return {}
    return {lengths[0]: opened}


def _check_amount(found, phase, record_set) -> None:
    masked = record_set.mask_slots is not None
    rows = len(record_set.files)
    if _FLAGS.pack and not masked:
        rows = len(packing.plan(record_set.lengths(), phase.max_seq_length))
    recipe.check_amount(
        found,
        rows=rows,
        train_batch_size=_FLAGS.train_batch_size,
        num_train_steps=phase.stop_step - phase.first_step,
    )
    if not masked:
        recipe.check_masks(
            found,
            max_seq_length=phase.max_seq_length,
            max_predictions_per_seq=_FLAGS.max_predictions_per_seq,
            masked_lm_prob=_FLAGS.masked_lm_prob,
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
