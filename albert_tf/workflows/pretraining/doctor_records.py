"""Checks the records of a pretraining run."""

from typing import Any

from albert_tf import config as config_lib
from albert_tf.doctor import findings
from albert_tf.doctor import recipe
from albert_tf.doctor import records
from albert_tf.planning import length_schedule
from albert_tf.runs import compatibility
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline.io import errors as user_errors
from data_pipeline.pretraining import packing_plan
from data_pipeline.pretraining import record_sample
from data_pipeline.pretraining.records import record_sets

Phases = tuple[length_schedule.Phase, ...]
RecordSets = dict[int, record_sets.RecordSet]


def check(
    found: findings.Findings,
    config: pretrain_config.PretrainConfig,
    albert: config_lib.AlbertConfig | None,
    phases: Phases,
) -> tuple[RecordSets, record_sets.RecordSet | None]:
    """Checks the records to train and to evaluate on.

    Args:
        found: collects the findings.
        config: the run's settings.
        albert: the model's sizes; None if they are unknown.
        phases: the phases of training.
    Returns:
        The readable sets to train on, by row length, and the set to evaluate
        on, or None if it is not readable.
    """
    train_sets: RecordSets = {}
    if config.input_file:
        train_sets = _open(
            found, config, "--input_file", config.input_file, phases
        )
    for record_set in train_sets.values():
        records.check_set(
            found,
            "--input_file",
            record_set,
            record_sample.read(record_set),
            pack=config.pack,
        )
    if train_sets and albert is not None:
        first = next(iter(train_sets.values()))
        found.attempt(
            "--albert_config_file",
            compatibility.check_vocabulary,
            albert,
            first.manifest.vocab_size,
            first.tokenizer is not None,
            config.input_file,
        )
    if not config.eval_input_file:
        found.warning(
            "--eval_input_file",
            "There are no held-out records, so overfitting would look like "
            "learning. Name some with --eval_input_file.",
        )
        return train_sets, train_sets.get(phases[-1].max_seq_length)
    eval_set = None
    eval_sets = _open(
        found,
        config,
        "--eval_input_file",
        config.eval_input_file,
        phases[-1:],
    )
    for eval_set in eval_sets.values():
        records.check_set(
            found,
            "--eval_input_file",
            eval_set,
            record_sample.read(eval_set),
            pack=True,  # padding does not matter in evaluation
        )
        if train_sets and config.input_file:
            records.check_held_out(
                found,
                list(train_sets.values()),
                eval_set,
                config.input_file,
                config.eval_input_file,
            )
    return train_sets, eval_set


def _open(
    found: findings.Findings,
    config: pretrain_config.PretrainConfig,
    flag: str,
    patterns: str,
    phases: Phases,
) -> RecordSets:
    lengths = [phase.max_seq_length for phase in phases]
    if len(lengths) > 1:
        return (
            found.attempt(flag, record_sets.open_by_length, patterns, lengths)
            or {}
        )
    settings: dict[str, Any] = {
        "vocabulary": config.spm_model_file,
        "pack": config.pack,
    }
    errors = len(found.of("error"))
    opened = found.attempt(
        flag,
        record_sets.open_records,
        patterns,
        lengths[0],
        max_predictions=config.max_predictions_per_seq,
        **settings,
    )
    if len(found.of("error")) > errors:
        # Records of another row length can still be checked.
        try:
            opened = record_sets.open_records(patterns, None, **settings)
        except user_errors.USER_ERRORS:
            return {}
    return {lengths[0]: opened}


def check_amount(
    found: findings.Findings,
    config: pretrain_config.PretrainConfig,
    phase: length_schedule.Phase,
    record_set: record_sets.RecordSet,
) -> None:
    """Checks that a phase has enough records, and enough masks in each.

    Args:
        found: collects the findings.
        config: the run's settings.
        phase: the phase.
        record_set: the records of the phase.
    """
    masked = record_set.mask_slots is not None
    rows = len(record_set.files)
    if config.pack and not masked:
        rows = len(packing_plan.PackingPlan(record_set))
    recipe.check_amount(
        found,
        rows=rows,
        train_batch_size=config.train_batch_size,
        num_train_steps=phase.stop_step - phase.first_step,
    )
    if not masked:
        recipe.check_masks(
            found,
            max_seq_length=phase.max_seq_length,
            max_predictions_per_seq=config.max_predictions_per_seq,
            masked_lm_prob=config.masked_lm_prob,
        )
