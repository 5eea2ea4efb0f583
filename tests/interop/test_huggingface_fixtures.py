"""Equal to numbers that Hugging Face's own models made, head by head."""

import numpy as np
import pytest
import tensorflow as tf

import albert_tf

pytestmark = pytest.mark.shared

# Folder -> our model, its outputs and theirs.
HEADS = {
    "pretraining": (
        albert_tf.AlbertPretrainer,
        {
            "mlm_logits": "prediction_logits",
            "sentence_order_logits": "sop_logits",
            "pooled_output": "pooled_output",
            "sequence_output": "last_hidden_state",
        },
    ),
    "sequence_classification": (
        albert_tf.AlbertClassifier,
        {"logits": "logits"},
    ),
    "token_classification": (albert_tf.AlbertTagger, {"logits": "logits"}),
    "multiple_choice": (albert_tf.AlbertMultipleChoice, {"logits": "logits"}),
    "question_answering": (
        albert_tf.AlbertSpan,
        {"start_logits": "start_logits", "end_logits": "end_logits"},
    ),
}


@pytest.mark.parametrize("head", HEADS)
def test_outputs(shared, head):
    folder = shared / "fixtures/huggingface" / head
    model_class, outputs = HEADS[head]
    expected = np.load(folder / "expected.npz")
    inputs = {
        ours: tf.constant(expected[theirs], tf.int32)
        for ours, theirs in {
            "token_ids": "input_ids",
            "segment_ids": "token_type_ids",
            "padding_mask": "attention_mask",
        }.items()
    }
    if head == "multiple_choice":
        inputs = {name: value[None] for name, value in inputs.items()}
    batch, length = expected["input_ids"].shape
    inputs["mask_positions"] = tf.tile(tf.range(length)[None], [batch, 1])

    model = albert_tf.load(folder)
    assert type(model) is model_class
    out = model(inputs)
    for ours, theirs in outputs.items():
        np.testing.assert_allclose(
            out[ours], expected[theirs], atol=1e-5, rtol=0, err_msg=theirs
        )


def test_every_layer(shared):
    folder = shared / "fixtures/huggingface/pretraining"
    expected = np.load(folder / "expected.npz")
    encoded = albert_tf.load(folder).encoder(
        {
            "token_ids": tf.constant(expected["input_ids"], tf.int32),
            "segment_ids": tf.constant(expected["token_type_ids"], tf.int32),
            "padding_mask": tf.constant(expected["attention_mask"], tf.int32),
        }
    )
    # Theirs begin with the projected embeddings.
    np.testing.assert_allclose(
        tf.stack(encoded["layer_outputs"]),
        expected["hidden_states"][1:],
        atol=1e-5,
        rtol=0,
    )
