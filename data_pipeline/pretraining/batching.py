"""Records to masked, static-shape batches, replayable from (seed, step).

Every batch is a pure function of (records, seed, step): the order of an epoch
is a permutation computed index by index, and the exchange and the masks of a
record are drawn from (seed, epoch, record). So training may start at any step,
and the batches do not depend on the number of workers or on buffer sizes.
"""

from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from data_pipeline.batches import host_share
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import masking
from data_pipeline.pretraining import packed_rows
from data_pipeline.pretraining import packing_plan
from data_pipeline.pretraining import row_order
from data_pipeline.pretraining import row_reader
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import google_records
from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets

# Rows are drawn in blocks, since a block costs hardly more than a row.
BLOCK = 512
# Random stream for exchanges; masking uses others.
_EXCHANGE = 0


def training_batches(
    record_set: record_sets.RecordSet,
    spec: mask_spec.MaskSpec | None,
    *,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    share: host_share.HostShare = host_share.WHOLE,
    pack: bool = False,
) -> tf.data.Dataset:
    """Makes an endless data set of batches, starting with `first_step`.

    Args:
        record_set: from `record_sets`.
        spec: from `mask_spec.from_config`; None for records that are masked
            already.
        batch_size: B, rows of a global batch.
        seed: seed of order, exchanges and masks.
        first_step: number of the first batch.
        share: the part of every batch that this host reads.
        pack: whether a row holds several examples where they fit
            (`packing_plan`); their masks and exchanges stay the same. Rows
            then have the set's packed_length.
    Returns:
        A dataset of dicts: token_ids, segment_ids, padding_mask int32 [b, S];
        mask_positions, mask_ids int32 [b, M]; mask_weights float32 [b, M];
        sentence_order int32 [b], 1 where the segments are swapped, 0 where
        not, NO_EXAMPLE where there is one segment only. b is B divided by
        the number of replicas; elements go to this host's replicas in turn.
        With `pack`, they have the form that `packed_rows.pack` returns.
    """
    plan = None
    if pack:
        if record_set.mask_slots is not None:
            raise ValueError(
                "--pack must be used with records that are masked during "
                "training. Received: records that are already masked. Leave "
                "--pack out."
            )
        plan = packing_plan.PackingPlan(record_set)
    order = row_order.TrainingOrder(
        len(record_set.files) if plan is None else len(plan),
        seed,
        batch_size,
        None if plan is None else plan.firsts,
    )
    reader = row_reader.RowReader(
        record_set.files,
        order,
        share,
        batch_size,
        first=first_step * batch_size,
        plan=plan,
    )

    def draw(position: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = _read(reader, position)
        if pack:
            assert spec is not None  # the records are not masked, see above
            return _packed(record_set, spec, seed, rows)
        return _examples(record_set, spec, seed, rows)

    first = first_step * batch_size // share.hosts
    positions = tf.data.Dataset.range(first, np.iinfo(np.int64).max)
    return _batches(positions, draw, batch_size // share.replicas)


def evaluation_batches(
    record_set: record_sets.RecordSet,
    spec: mask_spec.MaskSpec | None,
    *,
    batch_size: int,
    seed: int,
    max_batches: int,
    share: host_share.HostShare = host_share.WHOLE,
) -> tuple[tf.data.Dataset, int]:
    """Every record once, in order, with fixed masks drawn from `seed`.

    The last batch is filled with rows without weight: their
    sentence_order is NO_EXAMPLE and their mask_weights are 0.

    Args:
        record_set, spec, batch_size, seed, share: as in `training_batches`.
        max_batches: maximum number of batches.
    Returns:
        The dataset, and the number of its global batches.
    """
    size = len(record_set.files)
    batches = min(-(-size // batch_size), max_batches)
    reader = row_reader.RowReader(
        record_set.files,
        row_order.EvaluationOrder(size),
        share,
        batch_size,
        stop=batches * batch_size,
    )

    def draw(position: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = _examples(record_set, spec, seed, _read(reader, position))
        real = share.global_position(position, batch_size) < size
        batch["mask_weights"] *= tf.cast(real, tf.float32)[:, None]
        batch["sentence_order"] = tf.where(
            real, batch["sentence_order"], layout.NO_EXAMPLE
        )
        return batch

    positions = tf.data.Dataset.range(batches * batch_size // share.hosts)
    return _batches(positions, draw, batch_size // share.replicas), batches


def _batches(
    positions: tf.data.Dataset,
    draw: Callable[[tf.Tensor], dict[str, tf.Tensor]],
    rows: int,
) -> tf.data.Dataset:
    # There are no Python conditions on tensors to convert, and looking for
    # them would add 1 to 3 seconds to every start.
    draw = tf.autograph.experimental.do_not_convert(draw)
    return (
        positions.batch(BLOCK)
        .map(draw, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        # XLA compiles one program per shape, so all batches have the same one.
        .rebatch(rows, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
    )


def _examples(
    record_set: record_sets.RecordSet,
    spec: mask_spec.MaskSpec | None,
    seed: int,
    rows: row_reader.Rows,
) -> dict[str, tf.Tensor]:
    """Rows of one record each."""
    length = record_set.max_seq_length
    if record_set.mask_slots is not None:
        return google_records.parse(
            rows.serialized, length, record_set.mask_slots
        )
    assert spec is not None  # only records that are masked already need none
    keys = randomness.fold(seed, rows.epoch, rows.number)
    return _draw(spec, keys, records.parse(rows.serialized), length)


def _packed(
    record_set: record_sets.RecordSet,
    spec: mask_spec.MaskSpec,
    seed: int,
    rows: row_reader.Rows,
) -> dict[str, tf.Tensor]:
    """Rows of several records each."""
    parsed = records.parse(rows.serialized)
    number = _checked(record_set, rows.number, parsed)
    keys = randomness.fold(seed, tf.repeat(rows.epoch, rows.per_row), number)
    length = _packed_length(record_set)
    return packed_rows.pack(
        _draw_by_length(spec, keys, parsed, record_set.max_seq_length),
        rows.per_row,
        length=length,
        slots=packed_rows.mask_slots(
            length, spec.max_predictions, spec.masked_lm_prob
        ),
    )


def _packed_length(record_set: record_sets.RecordSet) -> int:
    return record_set.packed_length or record_set.max_seq_length


def _read(reader: row_reader.RowReader, position: tf.Tensor) -> row_reader.Rows:
    """The rows at these positions of the host, int64 [B]."""
    read = tf.numpy_function(
        reader.read, [position], [tf.string, tf.int64, tf.int64, tf.int64]
    )
    return row_reader.Rows(*(tf.ensure_shape(part, [None]) for part in read))


def _checked(
    record_set: record_sets.RecordSet,
    number: tf.Tensor,
    parsed: Sequence[tf.Tensor],
) -> tf.Tensor:
    """Returns the numbers, once rows are known to have the planned lengths."""
    check, tokens = (
        record_set.files.check_lengths,
        records.parsed_row_tokens(parsed),
    )
    checked = tf.numpy_function(check, [number, tokens], tf.int64)
    return tf.ensure_shape(checked, [None])


def _draw_by_length(
    spec: mask_spec.MaskSpec,
    keys: tf.Tensor,
    parsed: Sequence[tf.Tensor],
    length: int,
) -> dict[str, tf.Tensor]:
    """Like `_draw`, but faster if many examples are much shorter than `length`.

    The cost depends on the length of padded rows, so examples that fit into a
    quarter of it are drawn in shorter rows. An example's random numbers do not
    depend on the length of its row.
    """
    narrow = max(length // 4, examples.NUM_SPECIAL_TOKENS + 1)
    tokens = parsed[0].row_lengths() + examples.NUM_SPECIAL_TOKENS
    order, parts = [], []
    for here, width in ((tokens <= narrow, narrow), (tokens > narrow, length)):
        index = tf.where(here)[:, 0]
        order.append(index)
        part = _draw(
            spec,
            tf.gather(keys, index),
            [tf.gather(value, index) for value in parsed],
            width,
        )
        for name in ("token_ids", "segment_ids", "padding_mask"):
            part[name] = tf.pad(part[name], [[0, 0], [0, length - width]])
        parts.append(part)
    back = tf.argsort(tf.concat(order, axis=0))
    return {
        name: tf.gather(tf.concat([part[name] for part in parts], 0), back)
        for name in parts[0]
    }


def _draw(
    spec: mask_spec.MaskSpec,
    keys: tf.Tensor,
    parsed: Sequence[tf.Tensor],
    length: int,
) -> dict[str, tf.Tensor]:
    """The rows [B, length] of parsed records; `keys` decide what is drawn."""
    token_ids, first_length, fixed_order = parsed
    has_second = first_length < tf.cast(token_ids.row_lengths(), tf.int32)
    exchange = randomness.uniform(keys, _EXCHANGE, 1)[:, 0] < 0.5
    exchange &= has_second & (fixed_order == records.NOT_FIXED)
    cls_id, sep_id = spec.special_ids
    tokens, segment_ids, padding_mask = layout.lay_out(
        token_ids,
        first_length,
        exchange,
        length=length,
        cls_id=cls_id,
        sep_id=sep_id,
    )
    tokens = tf.ensure_shape(tokens, [None, length])
    return {
        "segment_ids": segment_ids,
        "padding_mask": padding_mask,
        "sentence_order": tf.where(
            has_second,
            tf.maximum(fixed_order, tf.cast(exchange, tf.int32)),
            layout.NO_EXAMPLE,
        ),
        **masking.mask_batch(spec, tokens, padding_mask, keys),
    }
