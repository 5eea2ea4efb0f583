"""The contract of batches: the same on the data side and the model side."""

import pytest
import tensorflow as tf

import albert_tf
from albert_tf import batches
from albert_tf import kinds
from albert_tf import objectives
from data_pipeline.batches import contract

ARRAYS = (
    "ROWS",
    "PACKED_ROWS",
    "PRETRAINING",
    "PACKED_PRETRAINING",
    "TASK",
    "PACKED_TASK",
    "CHOICES",
    "WINDOWS",
    "WINDOW_PLACES",
    "TARGETS",
    "PACKED_TARGETS",
    "SPAN_MASK",
    "WEIGHT",
    "LABEL_WEIGHTS",
)


@pytest.mark.parametrize("name", ARRAYS)
def test_both_sides_agree(name):
    assert getattr(batches, name) == getattr(contract, name)


def test_no_table_of_the_data_is_missing():
    theirs = {
        name
        for name in vars(contract)
        if name.isupper() and not name.startswith("_")
    }
    assert theirs - {"NO_LABEL"} == {*ARRAYS}
    assert contract.NO_LABEL < 0


@pytest.mark.parametrize(
    "typed, tables",
    [
        (batches.Rows, [batches.PACKED_ROWS]),
        (batches.PretrainingBatch, [batches.PACKED_PRETRAINING]),
        (
            batches.TaskBatch,
            [
                batches.PACKED_TASK,
                batches.SPAN_MASK,
                batches.WEIGHT,
                batches.LABEL_WEIGHTS,
                batches.WINDOW_PLACES,
                batches.PACKED_TARGETS,
                *(kind.labels for kind in kinds.KINDS.values()),
            ],
        ),
    ],
)
def test_types_name_all_arrays(typed, tables):
    assert set(typed.__annotations__) == set().union(*tables)


@pytest.mark.parametrize("name", ["PRETRAINING", "PACKED_PRETRAINING"])
def test_a_batch_of_these_arrays_is_trained_on(sizes, name):
    counts = {"B": 2, "S": 8, "M": 3, "K": 2}
    batch = {
        key: tf.ones([counts[letter] for letter in array.shape], array.dtype)
        for key, array in getattr(batches, name).items()
    }
    model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes))
    objective = objectives.PRETRAINING
    sums = objective.sums(model, batch, None)
    loss = objective.loss(sums, objective.weights(batch))
    assert float(loss) > 0
