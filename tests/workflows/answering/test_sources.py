"""Where predictors find models and vocabularies."""

import json
import shutil

import pytest
import tensorflow as tf
from predicted import TEXTS
from predicted import assert_close

import albert_tf
from albert_tf.serving.models import folders


class Longer(tf.Module):
    """Tells long texts from short ones."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "texts")])
    def text(self, texts):
        is_long = tf.cast(tf.strings.length(texts) > 9, tf.float32)
        labels = tf.constant([["short", "long"]])
        return {
            "label": tf.where(is_long > 0, "long", "short"),
            "labels": tf.repeat(labels, tf.size(texts), axis=0),
            "probabilities": tf.stack([1 - is_long, is_long], axis=1),
        }


@pytest.fixture
def export():
    folder = "ram://bucket/export/02"
    module = Longer()
    tf.saved_model.save(module, folder, signatures={"text": module.text})
    content = {"kind": "classification", "labels": ["short", "long"]}
    with tf.io.gfile.GFile(f"{folder}/config.json", "w") as file:
        file.write(json.dumps(content))
    yield folder
    tf.io.gfile.rmtree("ram://bucket")


def test_an_export_on_a_cloud_path(export):
    predictor = albert_tf.predictor(export)
    assert predictor.kind == "classification"
    assert predictor.labels == ("short", "long")
    answers = predictor(["a", "a long text"])
    assert [answer["label"] for answer in answers] == ["short", "long"]
    above = folders.newest_version("ram://bucket/export/")
    assert above == (2, export)


def test_an_export_has_its_own_vocabulary(export):
    with pytest.raises(ValueError, match="an export holds its vocabulary"):
        albert_tf.predictor(export, spm_model_file="30k-clean.model")


def test_a_vocabulary_from_elsewhere(trained, make, vocabulary, tmp_path):
    path = trained("classification")
    for name in ("model.keras", "task.json"):
        shutil.copy(path.parent / name, tmp_path)
    name = tmp_path / "model.keras"
    with pytest.raises(ValueError, match="must have a vocabulary"):
        albert_tf.predictor(name)
    predictor = albert_tf.predictor(name, spm_model_file=vocabulary)
    assert_close(predictor(TEXTS), make("classification")(TEXTS))
