"""Teachers of each head, and students of them."""

import pytest
import tensorflow as tf
from students import C
from students import random_weights

import albert_tf
from albert_tf import kinds
from albert_tf.compression import distillation
from albert_tf.finetuning import multitask


@pytest.fixture(scope="session")
def teachers(sizes, tmp_path_factory):
    """A .keras file of each head, wider and deeper than `sizes`."""
    config = albert_tf.AlbertConfig(
        **{**sizes, "hidden_size": 32, "num_hidden_layers": 4}
    )
    folder = tmp_path_factory.mktemp("teachers")
    for name, model in {
        "classifier": albert_tf.AlbertClassifier(config, num_classes=C),
        "number": albert_tf.AlbertClassifier(config, num_classes=1),
        "tagger": albert_tf.AlbertTagger(config, num_classes=C),
        "span": albert_tf.AlbertSpan(config),
        "conditional": albert_tf.AlbertConditionalSpan(config),
        "choice": albert_tf.AlbertMultipleChoice(config),
        "pretrainer": albert_tf.AlbertPretrainer(config),
    }.items():
        random_weights(model, 7).save(folder / f"{name}.keras")
    return folder


@pytest.fixture
def make(sizes):
    """A student and what distils into it."""

    def make(kind, chosen, **changes):
        network = multitask.MultitaskModel(
            tf.distribute.get_strategy(),
            albert_tf.AlbertConfig(**{**sizes, **changes}),
            {"task": multitask.Head(kind, 1 if kind == "regression" else C)},
        )
        random_weights(network.models["task"], 3)
        found = distillation.Distillation(
            chosen,
            network.models,
            {"task": kinds.KINDS[kind].objective},
            seed=0,
        )
        return network, found

    return make
