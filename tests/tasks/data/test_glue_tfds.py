"""GLUE from TensorFlow Datasets, of a set prepared here."""

import numpy as np
import pytest

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files

tfds = pytest.importorskip("tensorflow_datasets")

SETS = {
    "sst2": (
        ("sentence",),
        ["negative", "positive"],
        [(("a fine road",), 1), (("a bad road",), 0)],
        ["1", "0"],
    ),
    "mnli": (
        ("premise", "hypothesis"),
        ["entailment", "neutral", "contradiction"],
        [(("A cat.", "An animal."), 0), (("A cat.", "A dog."), 2)],
        ["entailment", "contradiction"],
    ),
    "stsb": (
        ("sentence1", "sentence2"),
        None,
        [(("A cat.", "The cat."), 5.0), (("A cat.", "A road."), 0.25)],
        [5.0, 0.25],
    ),
}
NAMES = {"sst2": "sst-2", "mnli": "mnli", "stsb": "sts-b"}


@pytest.fixture
def prepared(tmp_path):
    """Makes a set; its examples do not lie in the order of idx."""
    import tensorflow as tf

    def make(config):
        columns, labels, rows, _ = SETS[config]
        label = (
            tfds.features.ClassLabel(names=labels)
            if labels
            else tfds.features.Scalar(np.float32)
        )
        features = tfds.features.FeaturesDict(
            {
                **{name: tfds.features.Text() for name in columns},
                "label": label,
                "idx": tfds.features.Scalar(np.int32),
            }
        )
        order = [1, 0]
        dataset = tf.data.Dataset.from_tensor_slices(
            {
                **{
                    name: [rows[i][0][number] for i in order]
                    for number, name in enumerate(columns)
                },
                "label": np.array(
                    [rows[i][1] for i in order], "i8" if labels else "f4"
                ),
                "idx": np.array(order, np.int32),
            }
        )
        split = "validation_matched" if config == "mnli" else "validation"
        tfds.dataset_builders.store_as_tfds_dataset(
            name="glue",
            config=config,
            version=str(
                tfds.builder_cls("glue").builder_configs[config].version
            ),
            data_dir=tmp_path,
            split_datasets={split: dataset},
            features=features,
            disable_shuffling=True,
        )
        return splits.DataSource(data_dir=str(tmp_path), tfds=True)

    return make


@pytest.mark.parametrize("config", SETS)
def test_rows_in_the_order_of_idx(prepared, config):
    task = table.named(NAMES[config])
    split = split_files.read(
        task, task.evaluation[0], prepared(config), labelled=True
    )
    assert [example.texts for example in split.examples] == [
        texts for texts, _ in SETS[config][2]
    ]
    assert [example.label for example in split.examples] == SETS[config][3]
    assert split.ids == ["0", "1"]
