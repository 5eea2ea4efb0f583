"""Fixtures of the tests of batches."""

import pytest

from data_pipeline.pretraining import input as input_lib
from data_pipeline.pretraining.records import record_sets


@pytest.fixture(scope="module")
def record_set(record_folder):
    return record_sets.open_records(f"{record_folder}/*.tfrecord", 64)


@pytest.fixture(scope="module")
def spec(record_set):
    return input_lib.mask_spec(record_set.tokenizer, max_predictions=6)
