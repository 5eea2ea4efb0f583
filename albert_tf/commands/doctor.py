r"""Checks a run before it starts, and reports all that is wrong at once.

    albert-tf doctor pretrain --albert_config_file=examples/demo_config.json \
        --input_file='records/train/*.tfrecord' --output_dir=pretrained \
        --max_seq_length=64 --train_batch_size=32 --num_train_steps=2000
    albert-tf doctor finetune --task_name=custom --task_type=classification \
        --train_file=train.csv --eval_file=dev.csv \
        --init_checkpoint=pretrained --output_dir=run --do_train --do_eval

takes the flags of albert-tf pretrain or albert-tf finetune, but neither starts
nor writes anything. Each finding names the flag to change, errors first. The
exit code is 1 if any finding is an error.
"""

import sys

from albert_tf.commands import stage
from data_pipeline.commands import command_line

_WORKFLOWS = {
    "pretrain": "albert_tf.workflows.pretraining.doctor",
    "finetune": "albert_tf.workflows.finetuning.doctor",
}


def run() -> None:
    word = stage.take()
    stage.define_flags(word)
    check = command_line.main_of(_WORKFLOWS[word])

    def main(argv):
        check_loading()
        check(argv)

    command_line.run(
        main, __doc__, stage.REPLACED[word], first=stage.FIRST[word]
    )


def check_loading() -> None:
    """Ends with what is wrong, where TensorFlow cannot be imported."""
    from albert_tf.doctor import findings
    from albert_tf.doctor import installation

    found = findings.Findings(command_line.USER_ERRORS)
    installation.check_loading(found, installation.packages())
    if found.all:
        print(found)
        print("Nothing else was looked at: mend the installation first.")
        sys.exit(1)
