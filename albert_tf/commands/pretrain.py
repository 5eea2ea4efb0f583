r"""Pretrains an ALBERT on records: masked LM and sentence order.

    albert-tf pretrain --albert_config_file=examples/demo_config.json \
        --input_file='records/train/*.tfrecord' \
        --eval_input_file='records/heldout/*.tfrecord' \
        --output_dir=pretrained --do_eval --max_seq_length=64 \
        --train_batch_size=32 --num_train_steps=2000 --eval_steps=500

Rerun the same command to resume. Flags that google-research/albert also has
keep its names and defaults.
"""

import json
from typing import TYPE_CHECKING

from albert_tf.workflows.configs import pretrain
from data_pipeline.commands import config_flags
from data_pipeline.commands import original_flags

if TYPE_CHECKING:
    from albert_tf.workflows.common.estimates import EstimateResult
    from albert_tf.workflows.pretraining.pretrain import PretrainResult

# Shown before all others by --help.
FIRST = (
    "model",
    "albert_config_file",
    "input_file",
    "eval_input_file",
    "output_dir",
    "do_eval",
    "train_batch_size",
    "num_train_steps",
    "learning_rate",
    "max_seq_length",
    "eval_steps",
    "strategy",
)


def run() -> None:
    config_flags.run(
        pretrain.PretrainConfig,
        "albert_tf.commands.ending:pretrain",
        __doc__,
        show=show,
        replaced=original_flags.PRETRAINING,
        first=FIRST,
        resumes=True,
    )


def show(result: "PretrainResult | EstimateResult") -> None:
    """Prints the metrics of a run, or its estimate."""
    text = getattr(result, "text", None)
    if text is not None:
        print(text)
    metrics = getattr(result, "metrics", None)
    if metrics is not None:
        print(json.dumps(metrics, indent=2))
