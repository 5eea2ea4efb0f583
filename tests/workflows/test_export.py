"""albert_tf.export: all forms of a run, and what it refuses."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import models
from albert_tf import task_models
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

ROWS = [
    ("the cat sees a house", "good"),
    ("the river leaves", "bad"),
    ("every day in winter", "good"),
    ("a letter", "bad"),
]


@pytest.fixture(scope="module")
def run(vocabulary, sizes, tmp_path_factory):
    """What a fine-tuning run leaves, with a model of random weights."""
    folder = tmp_path_factory.mktemp("run")
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.2)
    model = task_models.AlbertClassifier(config, num_classes=2)
    for weight in model.head.weights:
        weight.assign(keras.random.normal(weight.shape, seed=1))
    save(model, folder)
    row = saved_tasks.row(kinds.custom_task("classification"), ["bad", "good"])
    tokenizer = tokenizers.load(vocabulary)
    saved_tasks.write(str(folder), {"custom": row}, 16, tokenizer)
    (folder / "eval_results.json").write_text('{"accuracy": 0.5}')
    lines = ["text\tlabel", *("\t".join(row) for row in ROWS)]
    (folder / "dev.tsv").write_text("\n".join(lines) + "\n")
    return folder


def save(model, folder):
    weights = {k: v.value for k, v in models.named_weights(model).items()}
    tf.train.Checkpoint(model=weights).write(str(folder / "ckpt-0"))
    model.config.to_json(str(folder / "albert_config.json"))


def export(run, output, **settings):
    return albert_tf.export(
        albert_tf.ExportConfig(checkpoint=run, output=output, **settings)
    )


@pytest.mark.slow
def test_all_formats(run, tmp_path):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("ai_edge_litert")
    out = tmp_path / "export"
    export(
        run,
        out,
        formats="savedmodel,litert,onnx,huggingface,tfhub",
        litert_quantizations="float32,dynamic_int8",
        onnx_quantizations="float32,int8,dynamic_int8",
        max_metric_drop=0.25,
        license="cc0-1.0",
        eval_file=run / "dev.tsv",
    )
    config = json.loads((out / "config.json").read_text())
    assert config["labels"] == ["bad", "good"]
    assert config["signatures"]["text"]["inputs"] == ["texts"]
    compared = {row["format"]: row for row in config["compared"]}
    assert set(compared) == {
        *("savedmodel", "litert/float32", "litert/dynamic_int8"),
        *("onnx/float32", "onnx/int8", "onnx/dynamic_int8"),
    }
    for name in ("savedmodel", "onnx/float32", "litert/float32"):
        assert compared[name]["metric"] == "accuracy"
        assert compared[name]["largest_difference"] < 1e-4
        assert compared[name]["original"] == compared[name]["exported"]
    for path in config["fingerprints"]["files"]:
        assert (out / path).exists()
    card = (out / "README.md").read_text()
    for text in ("accuracy", "cc0-1.0", "labels, in order: bad, good"):
        assert text in card
    assert str(out) not in card
    # albert_tf itself reads it, and the Hugging Face folder in it.
    for place in (out, out / "huggingface"):
        loaded = albert_tf.load(place)
        assert isinstance(loaded, task_models.AlbertClassifier)
    hub(out / "tfhub", loaded)


def hub(folder, model):
    """Text to the encoder's outputs, as tensorflow_hub would."""
    preprocessor = tf.saved_model.load(str(folder / "preprocessor"))
    encoder = tf.saved_model.load(str(folder / "encoder"))
    pair = [preprocessor.tokenize(tf.constant([text])) for text, _ in ROWS[:2]]
    rows = preprocessor.bert_pack_inputs(pair, tf.constant(20))
    assert rows["input_word_ids"].shape == (1, 20)
    assert rows["input_type_ids"].numpy().max() == 1
    found = encoder(rows)
    expected = model.encoder(
        {
            "token_ids": rows["input_word_ids"],
            "segment_ids": rows["input_type_ids"],
            "padding_mask": rows["input_mask"],
        }
    )
    np.testing.assert_allclose(
        found["pooled_output"], expected["pooled_output"], atol=1e-5
    )
    assert len(found["encoder_outputs"]) == model.config.num_hidden_layers
    assert preprocessor(tf.constant(["a", "b"]))["input_mask"].shape == (2, 128)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(encoder(rows, training=True)["pooled_output"])
    gradients = tape.gradient(total, encoder.trainable_variables)
    assert len(gradients) == len(model.encoder.trainable_variables)


def test_a_form_that_loses_too_much_is_not_written(run, tmp_path):
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(ValueError, match="must lose at most -0.01"):
        export(
            run,
            tmp_path / "export",
            formats="litert",
            litert_quantizations="dynamic_int8",
            litert_fixed_length=True,
            max_metric_drop=-0.01,
            eval_file=run / "dev.tsv",
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"formats": "litert"}, "tested on labeled examples"),
        ({"formats": "pdf"}, "--formats must list only savedmodel"),
        ({"task_name": "sst-2"}, "a model of custom"),
        ({"max_seq_length": 65}, "the number of the model's positions"),
    ],
)
def test_user_errors(run, tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        export(run, tmp_path / "x", **settings)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(run, tmp_path):
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        export(run, tmp_path)
