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

from typing import TYPE_CHECKING

from albert_tf.commands import evaluate
from albert_tf.workflows.configs import finetune
from data_pipeline.commands import config_flags
from data_pipeline.commands import original_flags

if TYPE_CHECKING:
    from albert_tf.workflows.finetuning.finetune import FinetuneResult

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


def run() -> None:
    config_flags.run(
        finetune.FinetuneConfig,
        "albert_tf.commands.ending:finetune",
        __doc__,
        show=_show,
        replaced=original_flags.CLASSIFIER,
        first=FIRST,
        resumes=True,
    )


def _show(result: "FinetuneResult") -> None:
    if result.folds is not None:
        print(result.folds.table)
        print(f"Predictions: {result.folds.predictions}")
    if result.evaluation is not None:
        evaluate.show(result.evaluation)
    for folder in result.predictions:
        print(f"Predictions: {folder}")
