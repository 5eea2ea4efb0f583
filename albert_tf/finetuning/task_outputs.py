"""What a fine-tuned model tells of each item, collected from all devices."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from albert_tf import task_models
from albert_tf.training import distribution
from albert_tf.training import steps
from albert_tf.training import stopping

# Ends to keep for each start; google-research/albert's end_n_top.
END_N_TOP = 5


def make_predict(
    strategy: tf.distribute.Strategy, model: keras.Model
) -> Callable[[Iterable], dict[str, np.ndarray]]:
    """Makes a function of distributed batches: the model's outputs by item.

    Each item's outputs are float32 arrays without the batch: logits [C], of a
    tagger [S, C]; of a span model start_logits and end_logits [S], or those of
    `conditional`. S is the longest of all batches; shorter ones are filled up
    with zeros, logits of positions with -1e30. The result is [I, ...] for the
    items 0 to I - 1 that the batches held.

    Raises stopping.Interrupted where one of several machines was asked to stop.
    """
    stop = None
    if distribution.has_several_machines(strategy):
        stop = stopping.asked()
    run = _program(strategy, model, stop)

    def predict(batches):
        parts = []
        for batch in batches:
            outputs, is_asked = run(batch)
            if is_asked:
                raise stopping.Interrupted
            parts += items({k: v.numpy() for k, v in outputs.items()})
        return stacked(parts)

    return predict


def _program(strategy, model, stop):
    # Of all lengths there are two programs: of the first one, and of any.
    @tf.function(
        reduce_retracing=not distribution.is_tpu(strategy), autograph=False
    )
    def run(batch):
        def step(batch):
            outputs = model(batch)
            if isinstance(model, task_models.AlbertConditionalSpan):
                outputs = conditional(outputs)
            # To tell apart what is packed into one row.
            packed = {
                name: batch[name]
                for name in ("first_positions", "pack_ids")
                if name in batch
            }
            return {"item": batch["item"], **packed, **outputs}

        # From all hosts, since each of them scores.
        outputs = {
            name: strategy.gather(value, axis=0)
            for name, value in strategy.run(step, args=(batch,)).items()
        }
        if stop is None:
            return outputs, tf.constant(False)
        return outputs, steps.asked_anywhere(strategy, stop) > 0

    return run


def conditional(outputs: dict) -> dict:
    """The likeliest answers of AlbertConditionalSpan's outputs.

    Returns:
        start_log_probs [B, K] and start_positions [B, K]; end_log_probs and
        end_positions [B, K, E]; unanswerable_logits [B].
    """
    starts = outputs["start_positions"]
    log_probs = tf.nn.log_softmax(outputs["start_logits"])
    ends = tf.math.top_k(
        tf.nn.log_softmax(outputs["end_logits"]),
        tf.minimum(END_N_TOP, tf.shape(outputs["end_logits"])[-1]),
    )
    return {
        "start_log_probs": tf.gather(log_probs, starts, batch_dims=1),
        "start_positions": starts,
        "end_log_probs": ends.values,
        "end_positions": ends.indices,
        "unanswerable_logits": outputs["unanswerable_logits"],
    }


def items(
    batch: dict[str, np.ndarray],
) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """(item, its outputs) of each item in a batch of outputs with "item"."""
    numbers = batch.pop("item")
    first = batch.pop("first_positions", None)
    pack_ids = batch.pop("pack_ids", None)
    if first is None:
        for row in np.flatnonzero(numbers >= 0):
            yield numbers[row], {k: v[row] for k, v in batch.items()}
        return
    for row, slot in np.argwhere(numbers >= 0):
        found = {}
        for name, value in batch.items():
            if value.shape[:2] == pack_ids.shape:  # of each token
                length = int((pack_ids[row] == slot + 1).sum())
                start = first[row, slot]
                found[name] = value[row, start : start + length]
            else:
                found[name] = value[row, slot]
        yield numbers[row, slot], found


def stacked(
    parts: list[tuple[int, dict[str, np.ndarray]]],
) -> dict[str, np.ndarray]:
    """The outputs of all items, in their order; {} of none."""
    if not parts:
        return {}
    parts = [outputs for _, outputs in sorted(parts, key=lambda part: part[0])]
    return {name: _filled([p[name] for p in parts]) for name in parts[0]}


def _filled(arrays: list[np.ndarray]) -> np.ndarray:
    """Stacks arrays that may differ in their first axis."""
    if len({array.shape for array in arrays}) == 1:
        return np.stack(arrays)
    longest = max(len(array) for array in arrays)
    shape = (len(arrays), longest, *arrays[0].shape[1:])
    fill = -1e30 if arrays[0].ndim == 1 else 0
    filled = np.full(shape, fill, arrays[0].dtype)
    for row, array in zip(filled, arrays, strict=True):
        row[: len(array)] = array
    return filled
