"""Run by test_tpu_check.py: traces steps under TPUStrategy, prints JSON.

In a process of its own, since devices are split before TensorFlow has touched
one.
"""

import json
import os
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

import albert_tf
from tools.tpu_check import fake_tpus
from tools.tpu_check import functional
from tools.tpu_check import matrix_flops
from tools.tpu_check import replica_program
from tools.tpu_check import static_shapes
from tools.tpu_check import train_steps

CONFIG = albert_tf.AlbertConfig(
    vocab_size=50,
    embedding_size=6,
    hidden_size=8,
    num_hidden_layers=3,
    num_attention_heads=2,
    intermediate_size=12,
    max_position_embeddings=16,
    hidden_dropout_prob=0.2,
    attention_probs_dropout_prob=0.1,
    initializer_range=0.2,
)
ALL = {"depth": "loop", "recompute": True, "accumulate_steps": 2}
STEPS = {
    "unrolled": {},
    "loop": {"depth": "loop"},
    "recompute": {"recompute": True},
    "all": ALL,
    "finetuning": {"step": "finetuning"},
}
NUMBERS = {"x": tf.TensorSpec([4, 3], tf.float32)}


def settings(**changes):
    return train_steps.Settings(
        **{
            "config": CONFIG,
            "batch_size": 4,
            "max_seq_length": 16,
            "max_predictions_per_seq": 3,
            "precision": "float32",
            **changes,
        }
    )


def shapes_of(traced):
    """What the check says, and what else is known of the program."""
    program = replica_program.operations(traced.graph)
    message = None
    try:
        static_shapes.check(program)
    except static_shapes.DynamicShapeError as error:
        message = str(error)
    kinds = [operation.type for operation in program]
    return {
        "message": message,
        "operations": len(kinds),
        "loops": sum("While" in kind for kind in kinds),
        "sums_over_replicas": kinds.count("CrossReplicaSum"),
        "matrix_flops": matrix_flops.count(program),
    }


def positive(batch):
    """Has a row for every positive number: nobody knows how many."""
    return tf.boolean_mask(batch["x"], batch["x"] > 0)


def positive_in_a_loop(batch):
    return tf.while_loop(
        lambda number, total: number < 3,
        lambda number, total: (number + 1, tf.reduce_sum(positive(batch))),
        (0, 0.0),
        maximum_iterations=3,
    )


def make_batch():
    rng = np.random.default_rng(0)
    ids = rng.integers(5, 50, (4, 16)).astype(np.int32)
    return {
        "token_ids": ids,
        "segment_ids": (ids % 2).astype(np.int32),
        "padding_mask": np.ones_like(ids),
        "mask_positions": rng.integers(1, 16, (4, 3), np.int32),
        "mask_ids": rng.integers(5, 50, (4, 3), np.int32),
        "mask_weights": np.ones((4, 3), np.float32),
        "sentence_order": rng.integers(0, 2, 4, np.int32),
    }


def largest_difference(**changes):
    """Between the program that is cut out and the step, over their variables.

    After two updates of the same weights. Neither is compiled, which takes
    longer than all else here, so this is not for `recompute`, whose barrier
    only compilers know.
    """
    way = settings(**changes)
    batch = make_batch()
    keras.utils.set_random_seed(1)
    step, *owners = train_steps.make(tf.distribute.get_strategy(), way)
    trained = [variable for owner in owners for variable in owner.variables]
    keras.utils.set_random_seed(1)
    strategy = fake_tpus.make_strategy(1)
    function, *owners = train_steps.make(strategy, way)
    cut = [variable for owner in owners for variable in owner.variables]
    program = replica_program.cut_out(
        train_steps.trace(
            strategy, function, train_steps.STEPS[way.step].batch(way)
        )
    )
    # What a step does not touch is not in its program.
    index = {id(handle): n for n, handle in enumerate(program.variables)}
    pairs = [
        (index[id(other.value._packed_var.packed_handle)], variable, other)
        for variable, other in zip(trained, cut, strict=True)
        if id(other.value._packed_var.packed_handle) in index
    ]
    assert len(pairs) == len(index)
    values = before = [
        tf.constant(other.numpy())
        for _, _, other in sorted(pairs, key=lambda pair: pair[0])
    ]
    # One of one replica: its number is 0.
    inputs = [tf.constant(0), *map(tf.constant, tf.nest.flatten(batch))]
    step = tf.function(step)
    function = tf.function(program.function.python_function, autograph=False)
    for _ in range(2):
        step(batch)
        with mock.patch.object(functional, "_copy", _copy_for_one_replica):
            values = function(*inputs, *values)[program.outputs :]
    assert max(map(_difference, before, values)) > 1e-3
    return max(
        _difference(variable.numpy(), values[place])
        for place, variable, _ in pairs
    )


def _copy_for_one_replica(operation, inputs, copy=functional._copy):
    """Without what goes between replicas, which the CPU has no kernel for."""
    if operation.type in ("CrossReplicaSum", "AllToAll"):
        return inputs[:1]
    return copy(operation, inputs)


def _difference(first, second):
    difference = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    return float(np.abs(difference).max())


def main():
    strategy = fake_tpus.make_strategy(4)
    found = {}
    for name, changes in STEPS.items():
        way = settings(**changes)
        function, *_ = train_steps.make(strategy, way)
        batch = train_steps.STEPS[way.step].batch(way)
        found[name] = shapes_of(train_steps.trace(strategy, function, batch))
    dynamic = {
        function.__name__: shapes_of(
            train_steps.trace(strategy, function, NUMBERS)
        )["message"]
        for function in (positive, positive_in_a_loop)
    }
    print(
        json.dumps(
            {
                "steps": found,
                "dynamic": dynamic,
                "difference": largest_difference(
                    depth="loop", accumulate_steps=2
                ),
            }
        )
    )


if __name__ == "__main__":
    main()
