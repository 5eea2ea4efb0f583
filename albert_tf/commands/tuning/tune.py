r"""Searches for the settings of a fine-tuning run that do best.

    albert-tf tune --search=learning_rate=1e-5:1e-3:log \
        --search=warmup_step=0,5,10 --trials=10 --task_name=custom \
        --task_type=classification --train_file=train.csv \
        --eval_file=dev.csv --init_checkpoint=pretrained --output_dir=tuned

Each trial is a fine-tuning run in a folder of its own, such as tuned/trial_3.
All other flags are those of albert-tf finetune. Optuna chooses the settings,
and gives up trials that fall behind. Rerun the same command to resume; with
more --trials, the search goes on. The table of trials is also in
tuned/trials.csv, and the best settings in tuned/best.flags:

    albert-tf finetune --flagfile=tuned/best.flags --output_dir=best_run

The best score is an optimistic one, as the same rows have chosen it.
--test_file names others to check it on.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs.tuning import tune
from data_pipeline.commands import config_flags

if TYPE_CHECKING:
    from albert_tf.workflows.tuning.tune import TuneResult

# Shown before all others by --help.
_FIRST = (
    "search",
    "trials",
    "sampler",
    "pruner",
    "processes",
    "test_file",
    "task_name",
    "train_file",
    "eval_file",
    "init_checkpoint",
    "output_dir",
    "task_type",
)


def run() -> None:
    config_flags.run(
        tune.TuneConfig,
        "albert_tf.commands.ending:tune",
        __doc__,
        show=_show,
        first=_FIRST,
        resumes=True,
    )


def _show(result: "TuneResult") -> None:
    print(result.table)
    print(
        f"\nTrial {result.best_trial} is the best: score {result.score:.4f} on "
        f"the rows that chose it among {len(result.trials)}, which makes it "
        "an optimistic one."
    )
    if result.test is None:
        print("Check it on other rows with --test_file.")
    else:
        print(f"On the test file: score {result.test['score']:.4f}.")
    print(f"Best run: {result.checkpoint}\n\n{result.command}\n")
    print(f"The same without typing: --flagfile={result.flagfile}")
