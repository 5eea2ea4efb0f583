r"""Checks a run before it starts, and reports all that is wrong at once.

    albert-tf doctor pretrain --model=base \
        --input_file='records/train/*.tfrecord' --output_dir=run
    albert-tf doctor finetune --task_name=custom --task_type=classification \
        --train_file=reviews.csv --init_checkpoint=run --output_dir=tuned \
        --do_train

takes the flags of albert-tf pretrain or albert-tf finetune, but neither starts
nor writes anything. Each finding names the flag to change, errors first. The
exit code is 1 if any finding is an error.
"""

import sys

from albert_tf.commands import stage
from data_pipeline import command_line

_WORKFLOWS = {
    "pretrain": "albert_tf.workflows.doctor_pretraining",
    "finetune": "albert_tf.workflows.doctor_finetuning",
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
