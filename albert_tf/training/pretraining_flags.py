"""The flags of albert-tf pretrain: names, defaults and what they mean.

A flag that means what it means in google-research/albert has its name and
default. Those about masks are data_pipeline's, as in every command that masks.
"""

from collections.abc import Iterator

from absl import flags

from albert_tf import published_sizes
from albert_tf import which_flag
from albert_tf.compression import distillation_flags
from albert_tf.training import device_flags
from albert_tf.training import estimate_flags
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
    string("albert_config_file", None, "JSON file with the model's sizes.")
    enum(
        "model",
        None,
        list(published_sizes.SIZES),
        "Published model size, as an alternative to --albert_config_file.",
    )
    command_help.section("Data")
    string(
        "input_file",
        None,
        "Training records: comma-separated paths or globs. Records of "
        "google-research/albert are used with the masks that they contain.",
    )
    string(
        "spm_model_file",
        None,
        "Vocabulary of records that have none beside them, to be saved with "
        "the run. Only export needs it.",
    )
    string(
        "eval_input_file",
        None,
        "Held-out records, evaluated before step 1, every --eval_steps and at "
        "the end.",
    )
    command_help.section("What to do")
    string("output_dir", None, "Folder of the run: checkpoints and metrics.")
    command_help.section("Model")
    string(
        "init_checkpoint",
        None,
        "Weights to start from: anything that albert_tf.load reads.",
    )
    which_flag.define(
        "--init_checkpoint, --grow_from or --teacher, or --output_dir with "
        "--nodo_train,"
    )
    boolean(
        "allow_partial_init",
        False,
        "Whether --init_checkpoint may lack weights, have others, or have "
        "another config: the weights that fit are used.",
    )
    string(
        "grow_from",
        None,
        "Weights of a model with fewer groups, inner groups or layers, or with "
        "more sharing: training starts from the same function.",
    )
    command_help.section("What to do")
    boolean("do_train", True, "Whether to train.")
    boolean(
        "do_eval",
        False,
        "Whether to evaluate at the end, alongside baselines, and write "
        "eval_results.json; on --eval_input_file, or on --input_file if that "
        "is left out.",
    )
    command_help.section("Rows")
    integer(
        "max_seq_length",
        512,
        "Tokens per row: the length of the records, or with --pack also more. "
        "With --sequence_schedule, the length of its last phase, whatever this "
        "default.",
    )
    string(
        "sequence_schedule",
        None,
        "Row lengths with their shares of the steps, such as 128:0.9,512:0.1; "
        "--input_file then names records made with each length, each in its "
        "own folder. Evaluation uses the last length.",
    )
    boolean(
        "pack",
        False,
        "Whether to pack several examples into a row where they fit, so that a "
        "batch has more of them. Evaluation has one example per row, of the "
        "records' length.",
    )
    command_help.section("Training")
    integer(
        "train_batch_size",
        4096,
        "Sequences per training step, over all replicas.",
    )
    integer(
        "accumulate_steps",
        1,
        "Number of parts that each replica splits its sequences into and "
        "computes one after another: the same update with less memory.",
        1,
    )
    integer(
        "eval_batch_size",
        64,
        "Sequences per evaluation batch, over all replicas.",
    )
    enum(
        "optimizer",
        "lamb",
        ["lamb", "adamw"],
        "Optimizer, with the settings that google-research/albert uses for it.",
    )
    boolean(
        "bias_correction",
        False,
        "Whether to use Adam's bias correction, which the original omits.",
    )
    number(
        "learning_rate",
        None,
        "Peak learning rate; must be given with adamw. If left out, LAMB's "
        "rate and warm-up for the batch size: 0.00176 for 4096, growing with "
        "its square root; for batches below 512 by the number of steps: "
        "0.00498 for 15,625 or fewer, falling with their square root.",
    )
    number(
        "poly_power",
        1.0,
        "Power of the polynomial decay of the learning rate to 0.",
    )
    integer("num_train_steps", 125000, "Number of training steps.", 1)
    integer(
        "num_warmup_steps",
        None,
        "Steps of linear warm-up. If left out, chosen together with "
        "--learning_rate, or 1/40 of the steps if that is given.",
        0,
    )
    integer("start_warmup_step", 0, "Step at which warm-up starts.", 0)
    command_help.section("Checkpoints and progress")
    integer("save_checkpoints_steps", 5000, "Steps between checkpoints.", 1)
    integer(
        "keep_checkpoint_max",
        5,
        "Number of checkpoints to keep in addition to the best one in best/.",
        1,
    )
    integer(
        "iterations_per_loop",
        1000,
        "Steps per call to the device, and between two progress reports.",
        1,
    )
    flags.DEFINE_alias("steps_per_loop", "iterations_per_loop")
    integer(
        "eval_steps",
        0,
        "Steps between evaluations; 0: only at the start and the end.",
        0,
    )
    command_help.section("Evaluation")
    integer(
        "max_eval_steps", 100, "Maximum number of batches per evaluation.", 1
    )
    distillation_flags.define()
    device_flags.define()
    command_help.section("Training")
    integer(
        "random_seed",
        12345,
        "Seed for weight initialization, data order, masks and dropout.",
    )
    command_help.section("Evaluation")
    integer("eval_seed", 0, "Seed for the masks of the evaluation.")
    command_help.section("Estimates")
    boolean(
        "estimate",
        False,
        "Print the memory, work and time that the run will take, and exit. "
        "Needs neither records nor a device; with --strategy=tpu, it estimates "
        "for a TPU.",
    )
    estimate_flags.define()


def check() -> None:
    """Raises ValueError for flags that do not go together."""
    for fault in faults():
        raise ValueError(fault)


def faults() -> Iterator[str]:
    """What does not go together among the flags."""
    yield from distillation_flags.faults(_FLAGS.do_train)
    if _FLAGS.estimate and _FLAGS.teacher:
        yield (
            "--estimate must be used without --teacher, which it does not "
            f"count. Received: --teacher={_FLAGS.teacher}. Leave the teacher "
            "out, and add its weights and its forward pass to the estimate."
        )
    for name in ("input_file", "output_dir"):
        if not (_FLAGS[name].value or _FLAGS.estimate):
            yield (f"--{name} must be given. Received: {_FLAGS[name].value!r}.")
    if bool(_FLAGS.albert_config_file) == bool(_FLAGS.model):
        yield (
            "The model's size must come from exactly one of "
            "--albert_config_file and --model. Received: "
            f"{_FLAGS.albert_config_file!r} and {_FLAGS.model!r}."
        )
    for name in ("init_checkpoint", "grow_from"):
        # An unset variable of a shell script must not mean random weights.
        if _FLAGS[name].value == "":
            yield (f"--{name} must name weights, or be left out. Received: ''.")
    if _FLAGS.init_checkpoint and _FLAGS.grow_from:
        yield (
            "Initial weights must come from only one of --init_checkpoint and "
            f"--grow_from. Received: {_FLAGS.init_checkpoint!r} and "
            f"{_FLAGS.grow_from!r}."
        )
    if _FLAGS.allow_partial_init and not _FLAGS.init_checkpoint:
        yield (
            "--allow_partial_init must be used with --init_checkpoint. "
            "Received: no --init_checkpoint."
        )
    if _FLAGS.grow_from and not _FLAGS.do_train:
        yield (
            "--grow_from must be used with training. Received: --nodo_train as "
            "well. Leave one out."
        )
    if not (_FLAGS.do_train or _FLAGS.do_eval):
        yield (
            "Training or evaluation must be requested. Received: --nodo_train "
            "and no --do_eval."
        )
