"""The encoder as a TF-Hub style SavedModel for fine-tuning."""

import os

import tensorflow as tf

from albert_tf import models
from albert_tf.interop import google

_NAMES = {
    "input_word_ids": "token_ids",
    "input_mask": "padding_mask",
    "input_type_ids": "segment_ids",
}


def save(encoder: models.AlbertEncoder, folder: str) -> None:
    """Writes a SavedModel with the interface of TF-Hub's BERT models.

    Its inputs are int32 [B, S] input_word_ids, input_mask and input_type_ids,
    and `training`. It returns a dict:
        pooled_output, also as "default": float32 [B, H];
        sequence_output: float32 [B, S, H];
        encoder_outputs: list of the outputs of all layers, float32 [B, S, H].

    Args:
        encoder: the encoder to export.
        folder: folder to write to.

    Source: tensorflow.org/hub/reusable_saved_models and
        common_saved_model_apis/text.
    """

    @tf.function
    def call(inputs, training=False):
        rows = {ours: inputs[theirs] for theirs, ours in _NAMES.items()}
        encoded = encoder.call(rows, training=training)
        return {
            "default": encoded["pooled_output"],
            "pooled_output": encoded["pooled_output"],
            "sequence_output": encoded["sequence_output"],
            "encoder_outputs": encoded["layer_outputs"],
        }

    inputs = {
        name: tf.TensorSpec([None, None], tf.int32, name) for name in _NAMES
    }
    for training in (True, False):
        call.get_concrete_function(inputs, training=training)
    weights = [weight.value for weight in encoder.trainable_variables]
    # Dropout seeds come from this counter.
    counter = encoder.seed_generator.state.value
    module = tf.train.Checkpoint(
        trainable_variables=weights,
        variables=[*weights, counter],
        regularization_losses=[],
    )
    module.__call__ = call
    tf.saved_model.save(module, folder)
    # With which albert_tf.load reads it.
    encoder.config.to_json(os.path.join(folder, google.CONFIG_FILE))
