r"""Checks a pretraining run before it starts, and reports all problems at once.

    python -m albert_tf.doctor --model=base \
        --input_file='records/train/*.tfrecord' --output_dir=run ...

takes the flags of run_pretraining.py, but neither starts nor writes anything.
Each finding names the flag to change. The exit code is 1 if any is an error.
"""

from albert_tf.training import pretraining_flags
from data_pipeline import command_line
from data_pipeline import original_flags
from data_pipeline.pretraining import mask_settings

# Shown before all others by --help.
_FIRST = (
    "model",
    "albert_config_file",
    "input_file",
    "eval_input_file",
    "output_dir",
    "train_batch_size",
    "num_train_steps",
    "strategy",
)


def run() -> None:
    pretraining_flags.define()
    mask_settings.define_flags()
    command_line.run(
        command_line.main_of("albert_tf.workflows.doctor"),
        __doc__,
        original_flags.PRETRAINING,
        first=_FIRST,
    )
