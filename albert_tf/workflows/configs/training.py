"""Settings that pretraining and fine-tuning share."""

import dataclasses

from albert_tf.workflows.configs import devices
from albert_tf.workflows.configs import model
from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistillationConfig(config.Config):
    """A teacher, and how much each of its outputs counts."""

    teacher: str | None = setting(
        None,
        "Model to distill from, of any size, with the same head, classes and "
        "vocabulary: anything that albert_tf.load reads. It runs frozen in "
        "the same training step.",
        section="Teacher",
        decides="teacher",
        is_local=True,
        is_weights=True,
    )
    distill_temperature: float = setting(
        2.0,
        "Temperature of the student's and the teacher's distributions in the "
        "distillation loss.",
        section="Teacher",
        minimum=0.001,
    )
    distill_weight: float = setting(
        0.5,
        "Share of the loss that comes from the teacher's logits; the rest "
        "comes from the labels.",
        section="Teacher",
        minimum=0.0,
        maximum=1.0,
    )
    distill_hidden_weight: float = setting(
        0.0,
        "Weight of the distillation loss on hidden states: the squared "
        "difference of normalized layer outputs.",
        section="Teacher",
        minimum=0.0,
    )
    distill_attention_weight: float = setting(
        0.0,
        "Weight of the distillation loss on attention: the divergence of the "
        "last layer's query, key and value relations.",
        section="Teacher",
        minimum=0.0,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingConfig(
    DistillationConfig, devices.DeviceConfig, model.ModelConfig
):
    """A training run: weights, optimizer, checkpoints and progress."""

    init_checkpoint: str | None = setting(
        None,
        "Weights to start from or to evaluate: anything that albert_tf.load "
        "reads. If left out, training starts from random weights, and "
        "evaluation uses the best checkpoint in --output_dir.",
        section="Model",
        is_local=True,
        is_weights=True,
    )
    allow_partial_init: bool = setting(
        False,
        "Whether --init_checkpoint may lack some of the model's weights, "
        "which then start random.",
        section="Model",
    )
    output_dir: str | None = setting(
        None,
        "Folder of the run: checkpoints, metrics and results.",
        section="What to do",
        decides=False,
        is_local=True,
    )
    do_train: bool = setting(
        False,
        "Whether to train.",
        section="What to do",
        decides=False,
    )
    do_eval: bool = setting(
        False,
        "Whether to evaluate. Results are in eval_results.json after "
        "training, else in evaluations/, under a name of their own.",
        section="What to do",
        decides=False,
    )
    train_batch_size: int | None = setting(
        None,
        "Examples per training step, over all replicas; with --pack, about "
        "that many.",
        section="Training",
        minimum=1,
    )
    eval_batch_size: int = setting(
        64,
        "Examples per evaluation batch, over all replicas.",
        section="Training",
        minimum=1,
    )
    optimizer: str = setting(
        "adamw",
        "Optimizer, with the settings that google-research/albert uses for it.",
        section="Training",
        choices=("adamw", "lamb"),
    )
    bias_correction: bool | None = setting(
        None,
        "Whether to use Adam's bias correction, which the original omits. If "
        "left out, it is used only when training from random weights, since "
        "they may not learn without it.",
        section="Training",
    )
    learning_rate: float | None = setting(
        None,
        "Peak learning rate. If left out, the recipe's.",
        section="Training",
        minimum=0.0,
        decides="learning_rate",
    )
    poly_power: float = setting(
        1.0,
        "Power of the polynomial decay of the learning rate to 0.",
        section="Training",
    )
    accumulate_steps: int = setting(
        1,
        "Number of parts that each batch is split into and computed one after"
        " another, to save memory.",
        section="Training",
        minimum=1,
    )
    save_checkpoints_steps: int | None = setting(
        None,
        "Steps between checkpoints. If left out, the same as --eval_steps.",
        section="Checkpoints and progress",
        minimum=1,
        decides=False,
    )
    keep_checkpoint_max: int = setting(
        2,
        "Number of checkpoints to keep in addition to the best one in best/.",
        section="Checkpoints and progress",
        minimum=1,
        decides=False,
    )
    iterations_per_loop: int = setting(
        50,
        "Maximum number of steps between two progress reports.",
        section="Checkpoints and progress",
        minimum=1,
        decides=False,
    )
    report_to: tuple[str, ...] | None = setting(
        None,
        "Experiment trackers to report the run to: mlflow, wandb, or both. "
        "Their own environment variables say where, such as "
        "MLFLOW_TRACKING_URI and WANDB_MODE.",
        section="Checkpoints and progress",
        decides=False,
    )
    eval_steps: int | None = setting(
        None,
        "Steps between evaluations. If left out, a tenth of all steps.",
        section="Checkpoints and progress",
        minimum=1,
    )
    random_seed: int = setting(
        12345,
        "Seed for head initialization, data order and dropout.",
        section="Training",
    )
    which: str | None = model.which_checkpoint("--init_checkpoint or --teacher")

    @property
    def run_dir(self) -> str:
        """`output_dir`, for workflows that cannot do without it.

        Raises:
            ValueError: it is not given.
        """
        if self.output_dir is None:
            raise ValueError("--output_dir must be given. Received: None.")
        return self.output_dir
