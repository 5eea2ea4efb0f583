"""Exports a pretrained model as a SavedModel.

    python -m albert_tf.export --checkpoint=run --output=export

A script, like those in the root: it joins albert_tf and data_pipeline.
"""

import os

from absl import flags
from absl import logging

import albert_tf
from albert_tf.export import savedmodel
from data_pipeline import command_line
from data_pipeline.text import graph_tokenizer
from data_pipeline.text import tokenizer as tokenizer_lib

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    model = albert_tf.load(_FLAGS.checkpoint)
    if not isinstance(model, albert_tf.AlbertPretrainer):
        raise ValueError(
            "What is exported fills in masks. Received: a checkpoint of an "
            f"{type(model).__name__}."
        )
    tokenizer = tokenizer_lib.load(
        _FLAGS.spm_model_file or _folder(_FLAGS.checkpoint)
    )
    if tokenizer.vocab_size != model.config.vocab_size:
        raise ValueError(
            "The tokenizer must have the pieces that the model was trained "
            f"with. Received: {tokenizer.vocab_size} pieces for a model with "
            f"vocab_size={model.config.vocab_size}."
        )
    module = savedmodel.FillMask(
        model,
        graph_tokenizer.GraphTokenizer(tokenizer),
        tokenizer.pieces,
        cls_id=tokenizer.cls_id,
        sep_id=tokenizer.sep_id,
        mask_id=tokenizer.mask_id,
    )
    savedmodel.save(module, model.config, _FLAGS.output)
    tokenizer.save(_FLAGS.output)
    logging.info("Exported %s to %s.", _FLAGS.checkpoint, _FLAGS.output)


def _folder(checkpoint: str) -> str:
    if os.path.isdir(checkpoint):
        return checkpoint
    return os.path.dirname(checkpoint)


if __name__ == "__main__":
    flags.DEFINE_string(
        "checkpoint", None, "Anything that albert_tf.load reads, as a run."
    )
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_string(
        "spm_model_file",
        None,
        "The tokenizer's model or folder. Left out: beside the checkpoint.",
    )
    flags.mark_flags_as_required(["checkpoint", "output"])
    command_line.run(main)
