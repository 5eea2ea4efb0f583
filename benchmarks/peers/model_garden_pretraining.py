"""Worker: optimizer steps of pretraining, TensorFlow Model Garden (Keras 2).

Its BertPretrainerV2 over its AlbertEncoder, without XLA, as ours.
"""

import tensorflow as tf
import tf_keras
from official.nlp.modeling import layers
from official.nlp.modeling import models
from official.nlp.modeling import networks

from benchmarks import measure
from benchmarks.peers import batches

_INPUTS = {
    "input_word_ids": "token_ids",
    "input_type_ids": "segment_ids",
    "input_mask": "padding_mask",
    "masked_lm_positions": "mask_positions",
}


def pretrainer(config: dict) -> tf_keras.Model:
    encoder = networks.AlbertEncoder(
        vocab_size=config["vocab_size"],
        embedding_width=config["embedding_size"],
        hidden_size=config["hidden_size"],
        num_layers=config["num_hidden_layers"],
        num_attention_heads=config["num_attention_heads"],
        intermediate_size=config["intermediate_size"],
        max_sequence_length=config["max_position_embeddings"],
        dropout_rate=0.0,
        attention_dropout_rate=0.0,
        dict_outputs=True,
    )
    order = layers.ClassificationHead(
        config["hidden_size"], num_classes=2, name="sentence_order"
    )
    return models.BertPretrainerV2(
        encoder_network=encoder, classification_heads=[order]
    )


def inputs(batch: dict) -> dict:
    return {
        name: tf.convert_to_tensor(batch[ours])
        for name, ours in _INPUTS.items()
    }


def cross_entropy(labels, logits, weights):
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels, tf.cast(logits, tf.float32)
    )
    return tf.reduce_sum(losses * weights) / tf.reduce_sum(weights)


def main() -> None:
    settings = measure.settings()
    if settings["precision"] == "bfloat16":
        tf_keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = pretrainer(settings["config"])
    # Or the heads have no variables yet.
    model(inputs(next(batches.of(settings))))
    optimizer = tf_keras.optimizers.AdamW(1e-4, global_clipnorm=1.0)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(batch):
        with tf.GradientTape() as tape:
            outputs = model(inputs(batch), training=True)
            order = batch["sentence_order"]
            loss = cross_entropy(
                batch["mask_ids"], outputs["mlm_logits"], batch["mask_weights"]
            ) + cross_entropy(
                tf.maximum(order, 0),
                outputs["sentence_order"],
                tf.cast(order >= 0, tf.float32),
            )
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(
            zip(gradients, model.trainable_variables, strict=True)
        )
        return loss

    source = batches.of(settings)

    def run():
        batch = next(source)
        step({name: tf.constant(value) for name, value in batch.items()})

    measure.report(
        {
            **measure.training_steps(run, settings, settings.get("sequences")),
            "versions": {
                "tensorflow": tf.__version__,
                "tf_keras": tf_keras.__version__,
            },
        }
    )


if __name__ == "__main__":
    main()
