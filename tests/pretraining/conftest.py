"""Fixtures of the tests of batches."""

import numpy as np
import pytest

from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.records import record_sets


@pytest.fixture(scope="module")
def record_set(record_folder):
    return record_sets.open_records(f"{record_folder}/*.tfrecord", 64)


@pytest.fixture(scope="module")
def spec(record_set):
    return mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=6), record_set.tokenizer
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Several blocks of text in two files, one of them compressed.

    Most of it are spaces, so that it is read much and worked on little.
    """
    import gzip

    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    words = ["cat", "dog", "sees", "the", "river", "in", "winter", "5,000"]
    lines = [
        " ".join(rng.choice(words, 12)) + "." + " " * 1400 for _ in range(6000)
    ]
    paragraphs = ["\n".join(lines[i : i + 9]) for i in range(0, 6000, 9)]
    half = len(paragraphs) // 2
    (folder / "a.txt").write_text("\n\n".join(paragraphs[:half]))
    (folder / "b.txt.gz").write_bytes(
        gzip.compress("\n\n".join(paragraphs[half:]).encode(), 1)
    )
    return folder / "*.*"


@pytest.fixture
def job(large, make_job):
    return make_job(large, {"input_format": "sentences"})


@pytest.fixture(scope="module")
def built(large, make_job, tmp_path_factory):
    """The large text's records, made by one process."""
    folder = tmp_path_factory.mktemp("built") / "records"
    build.build(make_job(large, {"input_format": "sentences"}), str(folder))
    return folder
