"""The settings of albert-tf finetune."""

import dataclasses

from albert_tf.workflows.configs import model
from albert_tf.workflows.configs import training
from albert_tf.workflows.configs.embedding import embedding_training
from albert_tf.workflows.configs.generation import decoder
from albert_tf.workflows.configs.labels import skew
from data_pipeline import config
from data_pipeline.config import changed
from data_pipeline.config import setting
from data_pipeline.tasks.configs import evaluation_config
from data_pipeline.tasks.configs import task_config


@dataclasses.dataclass(frozen=True, kw_only=True)
class EarlyExitConfig(config.Config):
    """Early exits."""

    early_exit: bool = setting(
        False,
        "Train a classifier at every layer, so that texts can exit early: for"
        " classification of texts and pairs, and for regression. A model "
        "trained this way is also evaluated this way.",
        section="Early exits",
    )
    exit_patience: int | None = setting(
        None,
        "During evaluation and prediction, let a text exit after this many "
        "classifiers in a row agree. If left out, all layers are run.",
        section="Early exits",
        minimum=1,
        decides=False,
    )
    exit_threshold: float = setting(
        0.1,
        "For regression with --exit_patience: the largest difference at which"
        " two predictions count as agreeing.",
        section="Early exits",
        minimum=0.0,
        decides=False,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class FinetuneConfig(
    EarlyExitConfig,
    embedding_training.EmbeddingConfig,
    decoder.DecoderConfig,
    skew.SkewConfig,
    training.TrainingConfig,
    evaluation_config.EvaluationConfig,
    task_config.TaskConfig,
):
    """A fine-tuning run on one task or several.

    Example:
        >>> config = albert_tf.FinetuneConfig(
        ...     task_name=("cola", "rte"),
        ...     data_dir="glue",
        ...     init_checkpoint="pretrained",
        ...     output_dir="run",
        ...     do_train=True,
        ... )
        >>> config.optimizer
        'adamw'
    """

    train_batch_size: int | None = changed(
        training.TrainingConfig,
        "train_batch_size",
        decides="batch_size",
    )
    eval_batch_size: int = changed(
        training.TrainingConfig,
        "eval_batch_size",
        is_execution=True,
    )
    eval_steps: int | None = changed(
        training.TrainingConfig,
        "eval_steps",
        decides="eval_steps",
    )
    random_seed: int = changed(
        training.TrainingConfig,
        "random_seed",
        decides="random_seed",
    )
    which: str | None = model.which_checkpoint(
        "--init_checkpoint or --teacher, or --output_dir without --do_train,"
    )
    num_hidden_layers: int | None = setting(
        None,
        "Number of layers, if different from that of --init_checkpoint, whose"
        " layers must share their weights. The result is not equivalent to "
        "the checkpoint; meant as a student for --teacher.",
        section="Model",
        minimum=1,
    )
    do_predict: bool = setting(
        False,
        "Whether to predict the part of the data that has no labels.",
        section="What to do",
        decides=False,
    )
    recipe: str = setting(
        "auto",
        "Where the hyperparameters come from. auto: learning rate, steps, "
        "warm-up, batch size, length and dropout from the published table, by"
        " task, size and version, or from a rule where nothing is published. "
        "Otherwise, the name of a task whose recipe to use. Each number has a"
        " flag that overrides it.",
        section="Training",
        decides="num_steps",
    )
    albert_version: str | None = setting(
        None,
        "Version of the pretrained ALBERT, used to choose the recipe. If left"
        " out: 1 if its config has dropout, else 2.",
        section="Training",
        choices=("1", "2"),
        decides="num_steps",
    )
    predict_batch_size: int = setting(
        64,
        "Examples per prediction batch, over all replicas.",
        section="Training",
        minimum=1,
        decides=False,
    )
    train_step: int | None = setting(
        None,
        "Number of training steps. If left out, the recipe's.",
        section="Training",
        minimum=1,
        aliases=("num_train_steps",),
        decides="num_steps",
    )
    num_train_epochs: float | None = setting(
        None,
        "Length of training in epochs, as an alternative to --train_step.",
        section="Training",
        minimum=0.0,
        decides="num_steps",
    )
    warmup_step: int | None = setting(
        None,
        "Steps of linear warm-up. If left out, the recipe's.",
        section="Training",
        minimum=0,
        aliases=("num_warmup_steps",),
        decides="num_warmup_steps",
    )
    dropout_prob: float | None = setting(
        None,
        "Dropout rate of the encoder during training. If left out, the "
        "recipe's.",
        section="Training",
        minimum=0.0,
        maximum=0.999,
        decides="dropout_prob",
    )
    classifier_dropout_prob: float | None = setting(
        None,
        "Dropout rate before the task head. If left out, the recipe's.",
        section="Training",
        minimum=0.0,
        maximum=0.999,
        decides="classifier_dropout_prob",
    )
    weight_decay_rate: float = setting(
        0.01,
        "Weight decay, applied to all weights except norms and biases.",
        section="Training",
        minimum=0.0,
    )
    quantization_aware: bool = setting(
        False,
        "Train with weights and inputs of matrix products rounded to 8 bits, "
        "so that an int8 export loses less. Evaluation in this command is not"
        " rounded.",
        section="Training",
    )
    freeze: tuple[str, ...] | None = setting(
        None,
        "Parts of the model to keep frozen: embeddings, block, pooler, or "
        "single groups such as group_0.",
        section="Parts of the model that train",
    )
    layer_decay: float = setting(
        1.0,
        "Factor by which the learning rate shrinks from layer to layer, going"
        " down from the head. A block that several layers share uses their "
        "mean.",
        section="Parts of the model that train",
        minimum=0.0,
        maximum=1.0,
    )
    lora_rank: int = setting(
        0,
        "If above 0, train only the head and a low-rank product (LoRA) of "
        "this rank next to each kernel of the shared block. 0: train "
        "everything.",
        section="Parts of the model that train",
        minimum=0,
    )
    lora_alpha: float = setting(
        16.0,
        "LoRA's scaling: the product is weighted by this number divided by "
        "--lora_rank.",
        section="Parts of the model that train",
        minimum=0.0,
    )
    span_head: str = setting(
        "auto",
        "Head of span tasks. plain: start and end predicted independently. "
        "conditional: the head of ALBERT for SQuAD 2.0, which predicts the "
        "end given the start, and whether there is an answer. auto: "
        "conditional where questions may have no answer.",
        section="Heads",
        choices=("auto", "plain", "conditional"),
    )
    tag_head: str = setting(
        "softmax",
        "Head of tagging tasks. softmax: each word's tag is scored by itself. "
        "crf: a linear-chain CRF, which also learns which tags follow each "
        "other. Predicted tags follow their scheme with both.",
        section="Heads",
        choices=("softmax", "crf"),
    )
    window_pooling: str = setting(
        "mean",
        "With --long_texts=windows, how the vectors of a text's windows become "
        "one. mean: their mean. max: their maximum in each dimension. "
        "attention: a mean weighted by attention with one learned query.",
        section="Heads",
        choices=("mean", "max", "attention"),
    )
    task_sampling_power: float = setting(
        0.75,
        "When several tasks are trained at once, each is sampled in "
        "proportion to its number of examples raised to this power.",
        section="Several tasks, several seeds",
        minimum=0.0,
    )
    num_seeds: int = setting(
        1,
        "Number of runs, one per seed, one after another; each is reported.",
        section="Several tasks, several seeds",
        minimum=1,
        decides=False,
    )
    on_failed_run: str = setting(
        "warn",
        "What to do when a run does not learn: its loss stays at the level of"
        " guessing, or all predictions are the same class. seed, rate: start "
        "again with another seed, or with half the learning rate.",
        section="Several tasks, several seeds",
        choices=("warn", "stop", "seed", "rate"),
    )
