"""The exported model, asked in a process that has only TensorFlow."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.exporting import savedmodel
from data_pipeline.answers import answer_modules
from data_pipeline.answers import masks
from data_pipeline.text import tokenizers

TEXTS = ["the [MASK] sees [MASK] house.", "no mask", "[MASK]"]

# Runs with neither package on its path.
QUERY = """
import json, sys
import numpy as np
import tensorflow as tf
import tensorflow_text
signatures = tf.saved_model.load(sys.argv[1]).signatures
filled = signatures["text"](texts=tf.constant(json.loads(sys.argv[2])))
ids = {name: tf.constant(value, tf.int32)
       for name, value in json.loads(sys.argv[3]).items()}
logits = signatures["ids"](**ids)
assert not {"albert_tf", "data_pipeline"} & set(sys.modules)
print(json.dumps({
    "tokens": [[[t.decode() for t in m] for m in row]
               for row in filled["tokens"].numpy()],
    "probabilities": filled["probabilities"].numpy().tolist(),
    "logits": {name: value.numpy().tolist() for name, value in logits.items()},
}))
"""


@pytest.fixture(scope="module")
def tokenizer(vocabulary):
    return tokenizers.load(vocabulary)


@pytest.fixture(scope="module")
def model(tokenizer):
    return albert_tf.AlbertPretrainer(
        albert_tf.AlbertConfig(
            vocab_size=tokenizer.vocab_size,
            embedding_size=12,
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
            max_position_embeddings=20,
            initializer_range=0.3,
        )
    )


@pytest.fixture(scope="module")
def exported(model, tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "model"
    tasks = answer_modules.make(
        {"kind": "pretraining"}, tokenizer, max_seq_length=20
    )
    savedmodel.save(model, tasks, tokenizer.pieces, str(folder))
    model.config.to_json(str(folder / "albert_config.json"))
    return folder


@pytest.fixture(scope="module")
def fill(exported):
    loaded = tf.saved_model.load(str(exported))
    yield loaded.signatures["text"]


def by_hand(model, tokenizer, text):
    """Top pieces and probabilities of one text's masks."""
    parts = text.split("[MASK]")
    ids = [tokenizer.cls_id, *tokenizer.encode(parts[0])]
    for part in parts[1:]:
        ids += [tokenizer.mask_id, *tokenizer.encode(part)]
    ids.append(tokenizer.sep_id)
    positions = [i for i, token in enumerate(ids) if token == tokenizer.mask_id]
    logits = model(
        {
            "token_ids": tf.constant([ids]),
            "mask_positions": tf.constant([positions], tf.int32),
        }
    )["mlm_logits"][0]
    best = tf.math.top_k(tf.nn.softmax(logits), masks.TOP_K)
    tokens = [[tokenizer.pieces[i] for i in row] for row in best.indices]
    return tokens, best.values.numpy()


def test_a_process_without_albert_tf_gets_the_same_answers(
    exported, model, tokenizer, tmp_path
):
    ids = {
        "token_ids": [[2, 9, 4, 8, 3, 0], [2, 9, 4, 8, 7, 3]],
        "segment_ids": [[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]],
        "padding_mask": [[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]],
        "mask_positions": [[2], [2]],
    }
    outcome = subprocess.run(
        [
            *(sys.executable, "-c", QUERY, str(exported)),
            *(json.dumps(TEXTS), json.dumps(ids)),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert outcome.returncode == 0, outcome.stderr
    answer = json.loads(outcome.stdout.splitlines()[-1])
    for row, text in enumerate(TEXTS):
        tokens, probabilities = by_hand(model, tokenizer, text)
        masks = len(tokens)
        assert answer["tokens"][row][:masks] == tokens
        np.testing.assert_allclose(
            np.array(answer["probabilities"][row][:masks]).reshape(-1, 5),
            probabilities.reshape(-1, 5),
            atol=1e-6,
        )
        assert not np.any(answer["probabilities"][row][masks:])
    expected = model({name: tf.constant(v) for name, v in ids.items()})
    for name, value in answer["logits"].items():
        np.testing.assert_allclose(value, expected[name], atol=1e-5)


def test_text_longer_than_the_positions_is_cut(fill):
    long = "the cat sees a house. " * 20
    texts = tf.constant([f"the [MASK] {long}", f"{long} [MASK]"])
    filled = fill(texts=texts)
    probabilities = filled["probabilities"].numpy()
    assert probabilities[0].sum() > 0.1 and probabilities[1].sum() == 0


def test_texts_without_masks(fill):
    filled = fill(texts=tf.constant(["none here", ""]))
    assert filled["tokens"].shape == (2, 0, masks.TOP_K)


def test_albert_tf_loads_its_exports(exported, model):
    loaded = albert_tf.load(exported)
    assert loaded.config == model.config
    for ours, theirs in zip(
        loaded.trainable_variables, model.trainable_variables, strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_as_a_keras_layer(exported, model):
    layer = keras.layers.TFSMLayer(str(exported), call_endpoint="text")
    filled = layer({"texts": tf.constant(TEXTS)})
    assert filled["tokens"].shape == (3, 2, masks.TOP_K)
    layer = keras.layers.TFSMLayer(str(exported), call_endpoint="features")
    ids = tf.constant([[2, 9, 4, 3]])
    inputs = {
        "token_ids": ids,
        "segment_ids": tf.zeros_like(ids),
        "padding_mask": tf.ones_like(ids),
    }
    expected = model.encoder({"token_ids": ids})["sequence_output"]
    np.testing.assert_allclose(
        layer(inputs)["sequence_output"], expected, atol=1e-5
    )


def test_a_text_with_more_pieces_than_a_row_is_marked(tokenizer):
    tasks = answer_modules.make(
        {"kind": "pretraining"}, tokenizer, max_seq_length=6
    )
    _, context = tasks["text"].rows(tf.constant(["[MASK]" * 4, "[MASK]" * 5]))
    assert context["truncated"].numpy().tolist() == [False, True]
