"""Fixtures of the tests of batches."""

import pytest

from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets


@pytest.fixture(scope="module")
def record_set(record_folder):
    return record_sets.open_records(f"{record_folder}/*.tfrecord", 64)


@pytest.fixture(scope="module")
def spec(record_set):
    return mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=6), record_set.tokenizer
    )
