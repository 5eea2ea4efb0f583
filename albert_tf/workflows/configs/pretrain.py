"""The settings of albert-tf pretrain."""

import dataclasses

from albert_tf.workflows.configs import model
from albert_tf.workflows.configs import training
from data_pipeline.config import changed
from data_pipeline.config import setting
from data_pipeline.pretraining import mask_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class PretrainConfig(mask_config.MaskConfig, training.TrainingConfig):
    """A pretraining run on records.

    Example:
        >>> config = albert_tf.PretrainConfig(
        ...     model="base",
        ...     input_file="records/*.tfrecord",
        ...     output_dir="pretrained",
        ...     train_batch_size=512,
        ... )
        >>> config.num_train_steps
        125000
    """

    albert_config_file: str | None = changed(
        training.TrainingConfig,
        "albert_config_file",
        help="JSON file with the model's sizes.",
    )
    init_checkpoint: str | None = changed(
        training.TrainingConfig,
        "init_checkpoint",
        help="Weights to start from: anything that albert_tf.load reads.",
    )
    allow_partial_init: bool = changed(
        training.TrainingConfig,
        "allow_partial_init",
        help="Whether --init_checkpoint may lack weights, have others, or have "
        "another config: the weights that fit are used.",
    )
    output_dir: str | None = changed(
        training.TrainingConfig,
        "output_dir",
        help="Folder of the run: checkpoints and metrics.",
    )
    do_train: bool = changed(
        training.TrainingConfig,
        "do_train",
        default=True,
    )
    do_eval: bool = changed(
        training.TrainingConfig,
        "do_eval",
        help="Whether to evaluate at the end, alongside baselines, and write "
        "eval_results.json; on --eval_input_file, or on --input_file if that "
        "is left out.",
    )
    train_batch_size: int = changed(
        training.TrainingConfig,
        "train_batch_size",
        default=4096,
        help="Sequences per training step, over all replicas.",
        minimum=None,
    )
    eval_batch_size: int = changed(
        training.TrainingConfig,
        "eval_batch_size",
        help="Sequences per evaluation batch, over all replicas.",
        minimum=None,
    )
    optimizer: str = changed(
        training.TrainingConfig,
        "optimizer",
        default="lamb",
        help="Optimizer, with the settings that google-research/albert uses "
        "for it.",
    )
    bias_correction: bool = changed(
        training.TrainingConfig,
        "bias_correction",
        default=False,
        help="Whether to use Adam's bias correction, which the original omits.",
    )
    learning_rate: float | None = changed(
        training.TrainingConfig,
        "learning_rate",
        help="Peak learning rate; must be given with adamw. If left out, "
        "LAMB's "
        "rate and warm-up for the batch size: 0.00176 for 4096, growing with "
        "its square root; for batches below 512 by the number of steps: "
        "0.00498 for 15,625 or fewer, falling with their square root.",
        minimum=None,
    )
    accumulate_steps: int = changed(
        training.TrainingConfig,
        "accumulate_steps",
        help="Number of parts that each replica splits its sequences into and "
        "computes one after another: the same update with less memory.",
    )
    save_checkpoints_steps: int = changed(
        training.TrainingConfig,
        "save_checkpoints_steps",
        default=5000,
        help="Steps between checkpoints.",
    )
    keep_checkpoint_max: int = changed(
        training.TrainingConfig,
        "keep_checkpoint_max",
        default=5,
    )
    iterations_per_loop: int = changed(
        training.TrainingConfig,
        "iterations_per_loop",
        default=1000,
        help="Steps per call to the device, and between two progress reports.",
        aliases=("steps_per_loop",),
    )
    eval_steps: int = changed(
        training.TrainingConfig,
        "eval_steps",
        default=0,
        help="Steps between evaluations; 0: only at the start and the end.",
        minimum=0,
    )
    random_seed: int = changed(
        training.TrainingConfig,
        "random_seed",
        help="Seed for weight initialization, data order, masks and dropout.",
    )
    which: str | None = model.which_checkpoint(
        "--init_checkpoint, --grow_from or --teacher, or --output_dir with "
        "--nodo_train,"
    )
    grow_from: str | None = setting(
        None,
        "Weights of a model with fewer groups, inner groups or layers, or "
        "with more sharing: training starts from the same function.",
        section="Model",
        is_local=True,
        is_weights=True,
    )
    input_file: str | None = setting(
        None,
        "Training records: comma-separated paths or globs. Records of google-"
        "research/albert are used with the masks that they contain.",
        section="Data",
        decides="records",
        is_local=True,
    )
    spm_model_file: str | None = setting(
        None,
        "Vocabulary of records that have none beside them, to be saved with "
        "the run, or the name of a model. Only export needs it.",
        section="Data",
        decides="tokenizer",
        is_local=True,
        is_weights=True,
    )
    eval_input_file: str | None = setting(
        None,
        "Held-out records, evaluated before step 1, every --eval_steps and at"
        " the end.",
        section="Data",
        decides="eval_records",
        is_local=True,
    )
    max_seq_length: int = setting(
        512,
        "Tokens per row: the length of the records, or with --pack also more."
        " With --sequence_schedule, the length of its last phase, whatever "
        "this default.",
        section="Rows",
        decides="max_seq_length",
    )
    sequence_schedule: str | None = setting(
        None,
        "Row lengths with their shares of the steps, such as 128:0.9,512:0.1;"
        " --input_file then names records made with each length, each in its "
        "own folder. Evaluation uses the last length.",
        section="Rows",
    )
    depth_schedule: str | None = setting(
        None,
        "Numbers of layers to run, with their shares of the steps, such as "
        "3:0.5,6:0.3,12:0.2: shallow and fast first, at the model's own depth "
        "in the end. Layers must share their weights.",
        section="Training",
    )
    pack: bool = setting(
        False,
        "Whether to pack several examples into a row where they fit, so that "
        "a batch has more of them. Evaluation has one example per row, of the"
        " records' length.",
        section="Rows",
    )
    num_train_steps: int = setting(
        125000,
        "Number of training steps.",
        section="Training",
        minimum=1,
    )
    num_warmup_steps: int | None = setting(
        None,
        "Steps of linear warm-up. If left out, chosen together with "
        "--learning_rate, or 1/40 of the steps if that is given.",
        section="Training",
        minimum=0,
        decides="num_warmup_steps",
    )
    start_warmup_step: int = setting(
        0,
        "Step at which warm-up starts.",
        section="Training",
        minimum=0,
    )
    max_eval_steps: int = setting(
        100,
        "Maximum number of batches per evaluation.",
        section="Evaluation",
        minimum=1,
    )
    eval_seed: int = setting(
        0,
        "Seed for the masks of the evaluation.",
        section="Evaluation",
    )
    estimate: bool = setting(
        False,
        "Print the memory, work and time that the run will take, and exit. "
        "Needs neither records nor a device; with --strategy=tpu, it "
        "estimates for a TPU.",
        section="Estimates",
        decides=False,
    )
    estimate_replicas: int = setting(
        1,
        "Number of replicas that the estimate assumes.",
        section="Estimates",
        minimum=1,
        decides=False,
    )
    device_memory_gb: float | None = setting(
        None,
        "Memory of a replica's device in GB, for the estimate. If left out, "
        "that of this machine, unless the estimate is for another.",
        section="Estimates",
        minimum=0.0,
        decides=False,
    )
    flops_per_second: float | None = setting(
        None,
        "Operations per second of a replica's device, for the estimate and "
        "the model FLOP utilization. If left out, what this machine's matrix "
        "products reach, measured at the start; on a TPU it is unknown.",
        section="Estimates",
        minimum=0.0,
        decides=False,
        is_local=True,
    )
