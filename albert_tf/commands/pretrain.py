r"""Pretrains an ALBERT on records: masked LM and sentence order.

    albert-tf pretrain --albert_config_file=examples/demo_config.json \
        --input_file='records/train/*.tfrecord' \
        --eval_input_file='records/heldout/*.tfrecord' \
        --output_dir=pretrained --do_eval --max_seq_length=64 \
        --train_batch_size=32 --num_train_steps=2000 --eval_steps=500

Rerun the same command to resume. Flags that google-research/albert has too keep
its names and defaults.
"""

from albert_tf.training import pretraining_flags
from data_pipeline.commands import command_line
from data_pipeline.commands import original_flags
from data_pipeline.pretraining import mask_settings

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


def define_flags() -> None:
    pretraining_flags.define()
    mask_settings.define_flags()


def run() -> None:
    define_flags()
    command_line.run(
        command_line.main_of("albert_tf.workflows.pretraining.pretrain"),
        __doc__,
        original_flags.PRETRAINING,
        first=FIRST,
        resumes=True,
    )
