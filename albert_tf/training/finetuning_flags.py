"""The flags of albert-tf finetune that are about the model and its training.

A flag that means what it means in google-research/albert has its name. Those
about data are data_pipeline's, in data_pipeline/tasks/task_flags.py.
"""

from collections.abc import Iterator

from absl import flags

from albert_tf import published_sizes
from albert_tf import which_flag
from albert_tf.compression import distillation_flags
from albert_tf.compression import early_exit_flags
from albert_tf.finetuning import failed_runs
from albert_tf.training import device_flags
from data_pipeline.commands import command_help

_FLAGS = flags.FLAGS


def define() -> None:
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    number, boolean, enum = (
        flags.DEFINE_float,
        flags.DEFINE_bool,
        flags.DEFINE_enum,
    )
    command_help.section("Model")
    string(
        "init_checkpoint",
        None,
        "Weights to start from or to evaluate: anything that albert_tf.load "
        "reads. If left out, training starts from random weights, and "
        "evaluation uses the best checkpoint in --output_dir.",
    )
    which_flag.define(
        "--init_checkpoint or --teacher, or --output_dir without --do_train,"
    )
    define_sizes()
    integer(
        "num_hidden_layers",
        None,
        "Number of layers, if different from that of --init_checkpoint, whose "
        "layers must share their weights. The result is not equivalent to the "
        "checkpoint; meant as a student for --teacher.",
        1,
    )
    command_help.section("What to do")
    string(
        "output_dir",
        None,
        "Folder of the run: checkpoints, metrics and results.",
    )
    boolean("do_train", False, "Whether to train.")
    boolean(
        "do_eval",
        False,
        "Whether to evaluate. Results are in eval_results.json after training, "
        "else in evaluations/, under a name of their own.",
    )
    boolean(
        "do_predict",
        False,
        "Whether to predict the parts of the data that have no labels.",
    )
    command_help.section("Model")
    boolean(
        "allow_partial_init",
        False,
        "Whether --init_checkpoint may lack some of the model's weights, which "
        "then start random.",
    )
    command_help.section("Training")
    string(
        "recipe",
        "auto",
        "Where the hyperparameters come from. auto: learning rate, steps, "
        "warm-up, batch size, length and dropout from the published table, by "
        "task, size and version, or from a rule where nothing is published. "
        "Otherwise, the name of a task whose recipe to use. Each number has a "
        "flag that overrides it.",
    )
    enum(
        "albert_version",
        None,
        ["1", "2"],
        "Version of the pretrained ALBERT, used to choose the recipe. If left "
        "out: 1 if its config has dropout, else 2.",
    )
    integer(
        "train_batch_size",
        None,
        "Examples per training step, over all replicas; with --pack, about "
        "that many.",
        1,
    )
    integer(
        "eval_batch_size",
        64,
        "Examples per evaluation batch, over all replicas.",
        1,
    )
    integer(
        "predict_batch_size",
        64,
        "Examples per prediction batch, over all replicas.",
        1,
    )
    number(
        "learning_rate",
        None,
        "Peak learning rate. If left out, the recipe's.",
        0.0,
    )
    integer(
        "train_step",
        None,
        "Number of training steps. If left out, the recipe's.",
        1,
    )
    flags.DEFINE_alias("num_train_steps", "train_step")
    number(
        "num_train_epochs",
        None,
        "Length of training in epochs, as an alternative to --train_step.",
        0.0,
    )
    integer(
        "warmup_step",
        None,
        "Steps of linear warm-up. If left out, the recipe's.",
        0,
    )
    flags.DEFINE_alias("num_warmup_steps", "warmup_step")
    number(
        "dropout_prob",
        None,
        "Dropout rate of the encoder during training. If left out, the "
        "recipe's.",
        0.0,
        0.999,
    )
    number(
        "classifier_dropout_prob",
        None,
        "Dropout rate before the task head. If left out, the recipe's.",
        0.0,
        0.999,
    )
    enum(
        "optimizer",
        "adamw",
        ["adamw", "lamb"],
        "Optimizer, with the settings that google-research/albert uses for it.",
    )
    boolean(
        "bias_correction",
        None,
        "Whether to use Adam's bias correction, which the original omits. If "
        "left out, it is on only when training from random weights, which may "
        "not learn without it.",
    )
    number(
        "weight_decay_rate",
        0.01,
        "Weight decay, applied to all weights except norms and biases.",
        0.0,
    )
    number(
        "poly_power",
        1.0,
        "Power of the polynomial decay of the learning rate to 0.",
    )
    integer(
        "accumulate_steps",
        1,
        "Number of parts that each batch is split into and computed one after "
        "another, to save memory.",
        1,
    )
    command_help.section("Parts of the model that train")
    flags.DEFINE_list(
        "freeze",
        None,
        "Parts of the model to keep frozen: embeddings, block, pooler, or "
        "single groups as group_0.",
    )
    number(
        "layer_decay",
        1.0,
        "Factor by which the learning rate shrinks from layer to layer, going "
        "down from the head. A block that several layers share uses their "
        "mean.",
        0.0,
        1.0,
    )
    integer(
        "lora_rank",
        0,
        "If above 0, train only the head and a low-rank product (LoRA) of this "
        "rank next to each kernel of the shared block. 0: train everything.",
        0,
    )
    number(
        "lora_alpha",
        16.0,
        "LoRA's scaling: the product is weighted by this number divided by "
        "--lora_rank.",
        0.0,
    )
    command_help.section("Heads")
    enum(
        "span_head",
        "auto",
        ["auto", "plain", "conditional"],
        "Head of span tasks. plain: start and end predicted independently. "
        "conditional: the head of ALBERT for SQuAD 2.0, which predicts the end "
        "given the start, and whether there is an answer. auto: conditional "
        "where questions may have no answer.",
    )
    early_exit_flags.define()
    command_help.section("Training")
    boolean(
        "quantization_aware",
        False,
        "Train with weights and inputs of matrix products rounded to 8 bits, "
        "so that an int8 export loses less. Evaluation in this command is not "
        "rounded.",
    )
    command_help.section("Several tasks, several seeds")
    number(
        "task_sampling_power",
        0.75,
        "When several tasks are trained at once, each is sampled in proportion "
        "to its number of examples raised to this power.",
        0.0,
    )
    integer(
        "num_seeds",
        1,
        "Number of runs, one per seed, one after another; each is reported.",
        1,
    )
    enum(
        "on_failed_run",
        "warn",
        failed_runs.ON_FAILED_RUN,
        "What to do when a run does not learn: its loss stays at the level of "
        "guessing, or all predictions are the same class. seed, rate: start "
        "again with another seed, or with half the learning rate.",
    )
    command_help.section("Checkpoints and progress")
    integer(
        "save_checkpoints_steps",
        None,
        "Steps between checkpoints. If left out, the same as --eval_steps.",
        1,
    )
    integer(
        "keep_checkpoint_max",
        2,
        "Number of checkpoints to keep in addition to the best one in best/.",
        1,
    )
    integer(
        "iterations_per_loop",
        50,
        "Maximum number of steps between two progress reports.",
        1,
    )
    integer(
        "eval_steps",
        None,
        "Steps between evaluations. If left out, a tenth of all steps.",
        1,
    )
    distillation_flags.define()
    device_flags.define()
    command_help.section("Training")
    integer(
        "random_seed",
        12345,
        "Seed for head initialization, data order and dropout.",
    )


def define_sizes() -> None:
    """Those that say what weights are of which no file does."""
    flags.DEFINE_string(
        "albert_config_file",
        None,
        "JSON file with the model's sizes: for random weights, or for a "
        "checkpoint that has none beside it.",
    )
    flags.DEFINE_enum(
        "model",
        None,
        list(published_sizes.SIZES),
        "Published model size, as an alternative to --albert_config_file.",
    )


def check() -> None:
    """Raises ValueError for flags that do not go together."""
    for fault in faults():
        raise ValueError(fault)


def faults() -> Iterator[str]:
    """What does not go together among the flags."""
    from albert_tf.optimization import recipes  # late: it needs TensorFlow

    yield from distillation_flags.faults(_FLAGS.do_train)
    yield from early_exit_flags.faults(_FLAGS.do_train)
    if not (_FLAGS.do_train or _FLAGS.do_eval or _FLAGS.do_predict):
        yield (
            "At least one of --do_train, --do_eval and --do_predict must be "
            "given. Received: none of them."
        )
    # A trained model says which task it is for.
    for name in ("output_dir", "task_name")[: 1 + _FLAGS.do_train]:
        if not _FLAGS[name].value:
            yield (f"--{name} must be given. Received: {_FLAGS[name].value!r}.")
    if _FLAGS.init_checkpoint == "":
        # An unset variable of a shell script must not mean random weights.
        yield (
            "--init_checkpoint must name weights, or be left out. Received: ''."
        )
    if _FLAGS.labels and _FLAGS.do_train:
        yield (
            "--labels must be left out of training, which learns the classes "
            f"from its data. Received: --labels={','.join(_FLAGS.labels)}."
        )
    if _FLAGS.num_hidden_layers and not (
        _FLAGS.do_train and _FLAGS.init_checkpoint
    ):
        yield (
            "--num_hidden_layers must be used with --do_train and "
            "--init_checkpoint, whose depth it changes. Received: no "
            "--do_train, or no --init_checkpoint. Leave it out: random weights "
            "have the layers of --albert_config_file, and a trained model "
            "keeps its own."
        )
    if _FLAGS.train_step and _FLAGS.num_train_epochs:
        yield (
            "The length of a run must be given by only one of --train_step and "
            f"--num_train_epochs. Received: {_FLAGS.train_step} and "
            f"{_FLAGS.num_train_epochs}."
        )
    if _FLAGS.recipe not in ("auto", *recipes.PUBLISHED):
        yield (
            f"--recipe must be auto or one of {', '.join(recipes.PUBLISHED)}. "
            f"Received: {_FLAGS.recipe}."
        )
    if _FLAGS.lora_rank and _FLAGS.layer_decay < 1:
        yield (
            "--layer_decay and --lora_rank must not be combined: LoRA freezes "
            "the weights that the decay is for. Received: "
            f"{_FLAGS.layer_decay} and {_FLAGS.lora_rank}. Leave one out."
        )
