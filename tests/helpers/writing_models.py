"""A small model that writes texts, of random weights, with its vocabulary."""

import pathlib

import keras
import tensorflow as tf

import albert_tf
from albert_tf import models
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

# More texts than rows of a batch need; the third is cut.
TEXTS = [
    "The cat sees a house.",
    "every day",
    "A letter, in 1,850, " * 12,
    "The river leaves it before noon.",
]
SIZES = {"max_seq_length": 24, "max_target_length": 12}
FLAGS = {"beam_size": 3, "length_penalty": 0.7, "max_target_length": 12}


def write(folder: pathlib.Path, vocabulary, sizes) -> albert_tf.AlbertSeq2Seq:
    """Writes a checkpoint with the files of a run's folder."""
    tokenizer = tokenizers.load(vocabulary)
    config = albert_tf.AlbertConfig(**sizes)
    options = {
        "decoder_sharing": "all",
        "num_decoder_layers": config.num_hidden_layers,
        "max_target_length": SIZES["max_target_length"],
        "start_id": tokenizer.cls_id,
        "end_id": tokenizer.sep_id,
    }
    model = albert_tf.AlbertSeq2Seq(config, **options)
    for number, weight in enumerate(model.weights):
        if len(weight.shape) > 1:
            noise = keras.random.normal(weight.shape, seed=number)
            weight.assign(0.4 * noise)
    weights = {k: v.value for k, v in models.named_weights(model).items()}
    tf.train.Checkpoint(model=weights).write(str(folder / "ckpt-0"))
    config.to_json(str(folder / "albert_config.json"))
    row = saved_tasks.row(kinds.custom_task("generation"), ())
    saved_tasks.write(
        str(folder),
        {"custom": {**row, "generation": options}},
        SIZES["max_seq_length"],
        tokenizer,
        {**FLAGS, "task_type": "generation"},
    )
    return model
