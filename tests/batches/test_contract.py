"""What batches hold, as data_pipeline writes it and albert_tf reads it."""

import dataclasses

import numpy as np
import pytest

import albert_tf
from data_pipeline.batches import contract
from data_pipeline.batches import packing
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import packed_rows
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks.batches import input_pipeline

# What losses are computed from, not models' outputs.
TARGETS = {"mask_ids", "mask_weights", "sentence_order"}


def as_arrays(dataset, **sizes):
    """What a dataset yields, by the letters of its sizes."""
    letters = {size: letter for letter, size in sizes.items()}
    assert len(letters) == len(sizes)
    return {
        name: contract.Array(
            spec.dtype.name, "".join(letters[size] for size in spec.shape)
        )
        for name, spec in dataset.element_spec.items()
    }


@pytest.fixture(scope="module")
def record_set(record_folder):
    return record_sets.open_records(f"{record_folder}/*.tfrecord", 64)


@pytest.fixture(scope="module", params=[False, True], ids=["one", "packed"])
def pretraining(request, record_set):
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=6), record_set.tokenizer
    )
    dataset = batching.training_batches(
        record_set, spec, batch_size=4, seed=1, pack=request.param
    )
    return request.param, dataset


def test_batches_of_pretraining(pretraining):
    is_packed, dataset = pretraining
    if not is_packed:
        assert as_arrays(dataset, B=4, S=64, M=6) == contract.PRETRAINING
        return
    masks, most = packed_rows.mask_slots(64, 6, 0.15), packing.MAX_EXAMPLES
    found = as_arrays(dataset, B=4, S=64, M=masks, K=most)
    assert found == contract.PACKED_PRETRAINING


def test_typed_batches_name_what_there_is():
    for typed, arrays in (
        (contract.PretrainingBatch, contract.PRETRAINING),
        (contract.PackedPretrainingBatch, contract.PACKED_PRETRAINING),
    ):
        assert set(typed.__annotations__) == set(arrays)


@pytest.fixture(scope="module")
def features():
    rows = [
        {"token_ids": [2, 5 + row, 3], "segment_ids": [0] * 3}
        for row in range(6)
    ]
    labels = {"label": np.arange(6, dtype=np.int32)}
    return item_features.from_rows(rows, labels, list(range(6)))


def test_batches_of_tasks(features):
    items = np.array([[0, 1], [2, 3]])
    label = kinds.KINDS["classification"].labels
    dataset = input_pipeline.batches(features, items, 8)
    assert as_arrays(dataset, B=2, S=8) == contract.TASK
    dataset = input_pipeline.batches(features, items, 8, training=True)
    assert as_arrays(dataset, B=2, S=8) == contract.TASK | label
    windows = dataclasses.replace(
        features,
        example=np.arange(3, dtype=np.int32),
        window_counts=np.array([1, 3, 2], np.int32),
        window_length=4,
    )
    dataset = input_pipeline.batches(windows, np.array([[2, 1]]), 12)
    assert as_arrays(dataset, B=2, W=3, S=4) == contract.WINDOWS
    packed = np.array([[[0, 1, 2], [3, 4, 5]]])
    dataset = input_pipeline.batches(features, packed, 16)
    assert as_arrays(dataset, B=2, S=16, K=3) == contract.PACKED_TASK


def outputs_without(model, batch, name):
    """The outputs for a batch that lacks an array; None for an error."""
    try:
        found = model({k: v for k, v in batch.items() if k != name})
    except (KeyError, ValueError):
        return None
    return [found["mlm_logits"], found["sentence_order_logits"]]


def test_the_model_reads_all_of_it_but_the_targets(pretraining, sizes):
    is_packed, dataset = pretraining
    # Packed rows say by pack_ids where padding is.
    unread = TARGETS | ({"padding_mask"} if is_packed else set())
    batch = next(iter(dataset))
    model = albert_tf.AlbertPretrainer(albert_tf.AlbertConfig(**sizes))
    rng = np.random.default_rng(0)
    model(batch)
    for weight in model.trainable_variables:
        weight.assign(weight + rng.normal(0, 0.2, weight.shape))
    expected = outputs_without(model, batch, None)
    for name in batch:
        found = outputs_without(model, batch, name)
        is_same = found is not None and all(
            a.shape == b.shape and np.allclose(a, b)
            for a, b in zip(found, expected, strict=True)
        )
        assert is_same == (name in unread), name
    for output, target in zip(
        expected, ("mask_ids", "sentence_order"), strict=True
    ):
        assert output.shape[:-1] == batch[target].shape
