"""Small folders in Hugging Face's layout, of models that say one thing."""

import json
import shutil

import numpy as np

import albert_tf
from albert_tf import models
from albert_tf.interop import huggingface

CLASSES = {
    "AlbertForSequenceClassification": albert_tf.AlbertClassifier,
    "AlbertForTokenClassification": albert_tf.AlbertTagger,
    "AlbertForQuestionAnswering": albert_tf.AlbertSpan,
}


def write(folder, vocabulary, sizes, bias, class_name=None, **config):
    """A model whose logits are `bias`, whatever it reads.

    Args:
        folder: to make.
        vocabulary: of the fixture with that name.
        sizes: of the model.
        bias: of its head, [C]; of a span model [2], for starts and ends.
        class_name: of transformers.
        **config: further keys of config.json.
    """
    class_name = class_name or "AlbertForSequenceClassification"
    classes = {"num_classes": len(bias)}
    if class_name == "AlbertForQuestionAnswering":
        classes = {}
    config_of_model = albert_tf.AlbertConfig(**sizes)
    model = CLASSES[class_name](config_of_model, **classes)
    model.head.kernel.assign(np.zeros_like(model.head.kernel))
    model.head.bias.assign(bias)
    weights = {k: v.numpy() for k, v in models.named_weights(model).items()}
    folder.mkdir(parents=True)
    huggingface.write(model.config, weights, str(folder))
    edit(folder, **config)
    shutil.copy(vocabulary / "raw/tokenizer.model", folder / "spiece.model")
    return folder


def edit(folder, **config):
    """Sets keys of config.json; None takes one away."""
    path = folder / "config.json"
    values = json.loads(path.read_text()) | config
    values = {k: v for k, v in values.items() if v is not None}
    path.write_text(json.dumps(values))


def names(*labels) -> dict:
    """id2label and label2id, as transformers writes them."""
    return {
        "id2label": {str(i): name for i, name in enumerate(labels)},
        "label2id": {name: i for i, name in enumerate(labels)},
    }
