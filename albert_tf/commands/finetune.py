r"""Fine-tunes an ALBERT on a task, evaluates it, and predicts.

    python run_classifier.py --task_name=sst-2 --data_dir=glue \
        --init_checkpoint=albert_base --output_dir=run \
        --do_train --do_eval --do_predict

Any task that ALBERT was published on (GLUE, RACE, SQuAD 1.1 and 2.0), tagging,
and data of one's own (--task_name=custom). Learning rate, steps, batch and
dropout are the published ones unless flags say otherwise. The same line again
goes on where it stopped. Without --do_train a checkpoint is evaluated as it is.
"""

from albert_tf.training import finetuning_flags
from data_pipeline import command_line
from data_pipeline import original_flags
from data_pipeline.tasks import task_flags


def run() -> None:
    finetuning_flags.define()
    task_flags.define()
    command_line.run(
        command_line.main_of("albert_tf.workflows.finetune"),
        __doc__,
        original_flags.CLASSIFIER,
    )
