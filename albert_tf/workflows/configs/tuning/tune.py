"""The settings of albert-tf tune."""

import dataclasses

from albert_tf.workflows.configs import finetune
from data_pipeline.config import changed
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class TuneConfig(finetune.FinetuneConfig):
    """A search over settings of a fine-tuning run.

    Example:
        >>> config = albert_tf.TuneConfig(
        ...     search=["learning_rate=1e-5:1e-3:log", "warmup_step=0,50,100"],
        ...     task_name="custom",
        ...     task_type="classification",
        ...     train_file="train.csv",
        ...     eval_file="dev.csv",
        ...     init_checkpoint="pretrained",
        ...     output_dir="tuned",
        ... )
        >>> config.sampler
        'tpe'
    """

    output_dir: str | None = changed(
        finetune.FinetuneConfig,
        "output_dir",
        help="Folder of the search: a run for each trial, and the results.",
    )
    do_train: bool = changed(
        finetune.FinetuneConfig,
        "do_train",
        default=True,
        help="Always on: each trial trains.",
    )
    do_eval: bool = changed(
        finetune.FinetuneConfig,
        "do_eval",
        default=True,
        help="Always on: each trial is evaluated.",
    )
    search: tuple[str, ...] | None = setting(
        None,
        "A setting of albert-tf finetune and the values to search: "
        "NAME=A,B,C for one of these values (or A|B, if values have commas); "
        "NAME=LOW:HIGH for numbers between two bounds; NAME=LOW:HIGH:log for "
        "bounds that differ by orders of magnitude; NAME=LOW:HIGH:STEP for "
        "numbers a step apart. The value none leaves the setting out. Repeat "
        "the flag to search several settings.",
        section="Search",
        is_repeated=True,
        decides=False,
    )
    trials: int | None = setting(
        None,
        "Number of trials. If left out, 20; with --sampler=grid, one for each "
        "combination of values.",
        section="Search",
        minimum=1,
        decides=False,
    )
    sampler: str = setting(
        "tpe",
        "How settings are chosen. tpe: near those that did well (a "
        "tree-structured Parzen estimator, after 10 random trials). random. "
        "grid: every combination of the values.",
        section="Search",
        choices=("tpe", "random", "grid"),
        decides=False,
    )
    pruner: str = setting(
        "median",
        "When to give up a trial. median: after 5 trials, if its best "
        "evaluation so far is below the median of the others at the same "
        "evaluation (the first, the second, ... of a run; see --eval_steps). "
        "none: never.",
        section="Search",
        choices=("median", "none"),
        decides=False,
    )
    processes: int = setting(
        1,
        "Number of trials to run at the same time, each in a process of its "
        "own. They divide the CPU's cores, and take turns among the GPUs.",
        section="Search",
        minimum=1,
        decides=False,
    )
    search_seed: int = setting(
        0,
        "Seed for the choice of settings. All trials train with --random_seed.",
        section="Search",
        minimum=0,
        decides=False,
    )
    keep_trials: str = setting(
        "best",
        "Whose checkpoints to keep. Metrics of all trials are kept.",
        section="Search",
        choices=("best", "all"),
        decides=False,
    )
    test_file: str | None = setting(
        None,
        "File with labels to evaluate the best trial on at the end. Its rows "
        "must have no part in the search, unlike those of --eval_file, whose "
        "best score is an optimistic one.",
        section="Search",
        decides=False,
        is_local=True,
    )
