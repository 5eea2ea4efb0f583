"""keras-hub presets of two groups of two, made as keras-hub makes them."""

import json

import h5py
import numpy as np

import albert_tf
from albert_tf import models

# Two groups of two, and no two sizes alike.
NUMBERS = {
    "vocabulary_size": 31,
    "num_layers": 4,
    "num_heads": 5,
    "num_groups": 2,
    "num_inner_repetitions": 2,
    "embedding_dim": 6,
    "hidden_dim": 20,
    "intermediate_dim": 14,
    "dropout": 0.1,
    "max_sequence_length": 9,
    "num_segments": 3,
}
CONFIG = albert_tf.AlbertConfig(
    vocab_size=31,
    embedding_size=6,
    hidden_size=20,
    num_hidden_layers=4,
    num_hidden_groups=2,
    inner_group_num=2,
    num_attention_heads=5,
    intermediate_size=14,
    hidden_dropout_prob=0.1,
    attention_probs_dropout_prob=0.1,
    max_position_embeddings=9,
    type_vocab_size=3,
)
# What keras-hub 0.32 and Keras 3.15 write: path -> shape.
BLOCK = {
    "_self_attention_layer/query_dense/vars/0": (20, 5, 4),
    "_self_attention_layer/query_dense/vars/1": (5, 4),
    "_self_attention_layer/key_dense/vars/0": (20, 5, 4),
    "_self_attention_layer/key_dense/vars/1": (5, 4),
    "_self_attention_layer/value_dense/vars/0": (20, 5, 4),
    "_self_attention_layer/value_dense/vars/1": (5, 4),
    "_self_attention_layer/output_dense/vars/0": (5, 4, 20),
    "_self_attention_layer/output_dense/vars/1": (20,),
    "_self_attention_layer_norm/vars/0": (20,),
    "_self_attention_layer_norm/vars/1": (20,),
    "_feedforward_intermediate_dense/vars/0": (20, 14),
    "_feedforward_intermediate_dense/vars/1": (14,),
    "_feedforward_output_dense/vars/0": (14, 20),
    "_feedforward_output_dense/vars/1": (20,),
    "_feedforward_layer_norm/vars/0": (20,),
    "_feedforward_layer_norm/vars/1": (20,),
}
BACKBONE = {
    "layers/reversible_embedding/vars/0": (31, 6),
    "layers/position_embedding/vars/0": (9, 6),
    "layers/embedding/vars/0": (3, 6),
    "layers/layer_normalization/vars/0": (6,),
    "layers/layer_normalization/vars/1": (6,),
    "layers/dense/vars/0": (6, 20),
    "layers/dense/vars/1": (20,),
    "layers/dense_1/vars/0": (20, 20),
    "layers/dense_1/vars/1": (20,),
    **{
        f"layers/transformer_encoder{number}/{path}": shape
        for number in ("", "_1", "_2", "_3")
        for path, shape in BLOCK.items()
    },
}
HEADS = {
    "AlbertTextClassifier": {
        "layers/dense/vars/0": (20, 3),
        "layers/dense/vars/1": (3,),
    },
    "AlbertMaskedLM": {
        "layers/masked_lm_head/_intermediate_dense/vars/0": (20, 6),
        "layers/masked_lm_head/_intermediate_dense/vars/1": (6,),
        "layers/masked_lm_head/_intermediate_layer_norm/vars/0": (6,),
        "layers/masked_lm_head/_intermediate_layer_norm/vars/1": (6,),
        "layers/masked_lm_head/vars/0": (31,),
    },
}
MODULES = {
    "AlbertBackbone": "albert_backbone",
    "AlbertTextClassifier": "albert_text_classifier",
    "AlbertMaskedLM": "albert_masked_lm",
}


def serialized(class_name, values):
    name = MODULES[class_name]
    return {
        "module": f"keras_hub.src.models.albert.{name}",
        "class_name": class_name,
        "config": {"name": name, "trainable": True, **values},
        "registered_name": f"keras_hub>{class_name}",
    }


def write_weights(path, shapes, seed=0):
    rng = np.random.default_rng(seed)
    values = {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    with h5py.File(path, "w") as file:
        for name, value in values.items():
            file[name] = value
        file.create_group("layers/dropout/vars").attrs["name"] = "dropout"
        file["optimizer/vars/0"] = 7
    return values


def write_preset(folder, task=None, **task_values):
    """The weights, by their paths in both files."""
    folder.mkdir(exist_ok=True)
    backbone = serialized("AlbertBackbone", {**NUMBERS, "dtype": "float32"})
    (folder / "config.json").write_text(json.dumps(backbone))
    values = write_weights(folder / "model.weights.h5", BACKBONE)
    head = {}
    if task is not None:
        content = serialized(task, {"backbone": backbone, **task_values})
        (folder / "task.json").write_text(json.dumps(content))
        head = write_weights(folder / "task.weights.h5", HEADS[task], seed=1)
    return values, head


def values_of(model):
    return {k: w.numpy() for k, w in models.named_weights(model).items()}


def change(folder, file="config.json", **values):
    path = folder / file
    content = json.loads(path.read_text())
    content["config"].update(values)
    path.write_text(json.dumps(content))


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__", "config": {}}},
}
