r"""Fine-tunes an ALBERT on a task, evaluates it, and predicts.

    albert-tf finetune --task_name=custom --task_type=classification \
        --train_file=train.csv --eval_file=dev.csv \
        --init_checkpoint=pretrained --output_dir=run --do_train --do_eval
    albert-tf finetune --task_name=sst-2 --data_dir=glue \
        --init_checkpoint=pretrained --output_dir=runs/sst-2 \
        --do_train --do_eval --do_predict

Tasks: those that ALBERT was published on (GLUE, RACE, SQuAD 1.1 and 2.0),
tagging, and your own data (--task_name=custom). The learning rate, the number
of steps, the batch size and dropout are the published ones unless flags say
otherwise. Rerun the same command to resume.
"""

from albert_tf.training import finetuning_flags
from data_pipeline.commands import command_line
from data_pipeline.commands import original_flags
from data_pipeline.tasks import task_flags

# Shown before all others by --help.
FIRST = (
    "task_name",
    "train_file",
    "eval_file",
    "predict_file",
    "data_dir",
    "init_checkpoint",
    "output_dir",
    "do_train",
    "do_eval",
    "do_predict",
    "task_type",
    "learning_rate",
    "num_train_epochs",
    "train_batch_size",
    "max_seq_length",
)


def define_flags() -> None:
    task_flags.define()
    finetuning_flags.define()


def run() -> None:
    define_flags()
    command_line.run(
        command_line.main_of("albert_tf.workflows.finetuning.finetune"),
        __doc__,
        original_flags.CLASSIFIER,
        first=FIRST,
        resumes=True,
    )
