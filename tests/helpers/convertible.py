"""Models of each head, to be converted."""

import numpy as np

import albert_tf
from albert_tf import models

# Two groups of two, and no two sizes alike.
CONFIG = {
    "vocab_size": 31,
    "embedding_size": 6,
    "hidden_size": 10,
    "num_hidden_layers": 4,
    "num_hidden_groups": 2,
    "inner_group_num": 2,
    "num_attention_heads": 5,
    "intermediate_size": 14,
    "max_position_embeddings": 9,
    "type_vocab_size": 3,
}


HEADS = {
    "pretraining": albert_tf.AlbertPretrainer,
    "classifier": albert_tf.AlbertClassifier,
    "regression": albert_tf.AlbertClassifier,
    "tagging": albert_tf.AlbertTagger,
    "multiple_choice": albert_tf.AlbertMultipleChoice,
    "span": albert_tf.AlbertSpan,
    "conditional_span": albert_tf.AlbertConditionalSpan,
}


CLASSES = {"classifier": 3, "regression": 1, "tagging": 4}


def random_model(head, **config):
    config = albert_tf.AlbertConfig(**{**CONFIG, **config})
    classes = CLASSES.get(head)
    arguments = {} if classes is None else {"num_classes": classes}
    model = HEADS[head](config, **arguments)
    rng = np.random.default_rng(0)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 1, weight.shape))
    return model


def values_of(model):
    named = models.named_weights(model)
    return {name: weight.numpy() for name, weight in named.items()}
