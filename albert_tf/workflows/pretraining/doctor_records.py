"""What the doctor looks at of pretraining records."""

from absl import flags

from albert_tf.doctor import recipe
from albert_tf.doctor import records
from albert_tf.runs import agreement
from data_pipeline.batches import packing
from data_pipeline.commands import command_line
from data_pipeline.pretraining import record_sample
from data_pipeline.pretraining.records import record_sets

_FLAGS = flags.FLAGS


def check(found, config, phases):
    """The training sets by length, and the evaluation set, as far as any."""
    train_sets = {}
    if _FLAGS.input_file:
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


def check_amount(found, phase, record_set) -> None:
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
