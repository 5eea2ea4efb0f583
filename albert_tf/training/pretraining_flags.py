"""The flags of run_pretraining.py: names, defaults and what they mean.

A flag that means what it means in google-research/albert has its name and
default. Those about masks are data_pipeline's, as in every command that masks.
"""

from absl import flags

from albert_tf import config as config_lib
from albert_tf.compression import distillation_flags
from albert_tf.training import device_flags

_FLAGS = flags.FLAGS

# All that decides the numbers of a run; resuming compares them.
DECIDE = (
    "train_batch_size",
    "accumulate_steps",
    "eval_batch_size",
    "max_eval_steps",
    "sequence_schedule",
    "pack",
    "max_predictions_per_seq",
    "masked_lm_prob",
    "ngram",
    "favor_shorter_ngram",
    "masking",
    "optimizer",
    "bias_correction",
    "num_train_steps",
    "start_warmup_step",
    "poly_power",
    "random_seed",
    "eval_seed",
    "precision",
    "init_checkpoint",
    "allow_partial_init",
    "grow_from",
)


def define() -> None:
    string, integer = flags.DEFINE_string, flags.DEFINE_integer
    number, boolean, enum = (
        flags.DEFINE_float,
        flags.DEFINE_bool,
        flags.DEFINE_enum,
    )
    string("albert_config_file", None, "JSON file with the model's sizes.")
    enum(
        "model",
        None,
        list(config_lib.SIZES),
        "A published size, instead of --albert_config_file.",
    )
    string(
        "input_file",
        None,
        "Records: comma-separated paths or globs. Records of "
        "google-research/albert are taken with the masks that they have.",
    )
    string(
        "spm_model_file",
        None,
        "The vocabulary of records that have none beside them, to be saved "
        "with the run. Only export needs it.",
    )
    string(
        "eval_input_file",
        None,
        "Held-out records: evaluated before step 1, every --eval_steps and at "
        "the end.",
    )
    string("output_dir", None, "Folder of the run: checkpoints, metrics.")
    string(
        "init_checkpoint",
        None,
        "Weights to start from: anything that albert_tf.load reads.",
    )
    boolean(
        "allow_partial_init",
        False,
        "Whether --init_checkpoint may lack weights, have others, or be of "
        "another config: what fits is taken.",
    )
    string(
        "grow_from",
        None,
        "Weights of a model with fewer groups, inner groups or layers, or that "
        "shares more: training starts from the same function.",
    )
    boolean("do_train", True, "Whether to train.")
    boolean(
        "do_eval",
        False,
        "Whether to evaluate at the end, next to baselines, into "
        "eval_results.json; without --eval_input_file, on --input_file.",
    )
    integer(
        "max_seq_length",
        512,
        "Tokens in a row; as the records', or with --pack more. With "
        "--sequence_schedule that of its last phase, whatever the default.",
    )
    string(
        "sequence_schedule",
        None,
        "Lengths of rows by share of the steps, such as 128:0.9,512:0.1; "
        "--input_file then names records made with each, in folders of their "
        "own. Evaluation has the last length.",
    )
    boolean(
        "pack",
        False,
        "Whether a row holds several examples where they fit; a batch then has "
        "more of them. Evaluation has a row for each, of the records' length.",
    )
    integer("train_batch_size", 4096, "Sequences in a step, all replicas.")
    integer(
        "accumulate_steps",
        1,
        "Parts that each replica works on its sequences in, one after the "
        "other: the same update in less memory.",
        1,
    )
    integer("eval_batch_size", 64, "The same for evaluation.")
    enum("optimizer", "lamb", ["lamb", "adamw"], "As ALBERT used them.")
    boolean("bias_correction", False, "Adam's, which the original leaves out.")
    number(
        "learning_rate",
        None,
        "Peak. Left out: LAMB's for the batch, 0.00176 for 4096 and growing "
        "with its square root, with its warm-up.",
    )
    number("poly_power", 1.0, "Power of the decay to 0.")
    integer("num_train_steps", 125000, "Steps in all.", 1)
    integer(
        "num_warmup_steps",
        None,
        "Steps of linear warm-up. Left out: as --learning_rate, or 1/40 of the "
        "steps where that is given.",
        0,
    )
    integer("start_warmup_step", 0, "Step at which warm-up starts.", 0)
    integer("save_checkpoints_steps", 5000, "Steps between checkpoints.", 1)
    integer(
        "keep_checkpoint_max",
        5,
        "Checkpoints to keep, beside the best one in best/.",
        1,
    )
    integer(
        "iterations_per_loop",
        1000,
        "Steps in one call to the device, and between two reports.",
        1,
    )
    flags.DEFINE_alias("steps_per_loop", "iterations_per_loop")
    integer("eval_steps", 0, "Steps between evaluations; 0: only at ends.", 0)
    integer("max_eval_steps", 100, "Batches of an evaluation at most.", 1)
    distillation_flags.define()
    device_flags.define()
    integer("random_seed", 12345, "Of weights, order, masks and dropout.")
    integer("eval_seed", 0, "Of the evaluation's masks.")
    boolean(
        "estimate",
        False,
        "Print what the run will take, memory, work and time, and end. Needs "
        "neither records nor a device; --strategy=tpu counts as on a TPU.",
    )
    integer("estimate_replicas", 1, "Replicas of --estimate.", 1)
    number(
        "device_memory_gb",
        None,
        "Memory of a replica's device, for --estimate.",
        0.0,
    )
    number(
        "flops_per_second",
        None,
        "What a replica's device does at most, for --estimate and the model "
        "FLOP utilisation. Left out: the utilisation is of what this machine's "
        "matrix products reach, measured at the start; on a TPU it is unknown.",
        0.0,
    )


def check() -> None:
    """Raises ValueError for flags that do not go together."""
    distillation_flags.check(_FLAGS.do_train)
    if _FLAGS.estimate and _FLAGS.teacher:
        raise ValueError(
            "--estimate does not count a teacher. Received: --teacher="
            f"{_FLAGS.teacher}. Leave it out; the teacher's weights and its "
            "forward pass come on top."
        )
    for name in ("input_file", "output_dir"):
        if not (_FLAGS[name].value or _FLAGS.estimate):
            raise ValueError(
                f"--{name} must be given. Received: {_FLAGS[name].value!r}."
            )
    if bool(_FLAGS.albert_config_file) == bool(_FLAGS.model):
        raise ValueError(
            "The size comes from --albert_config_file or from --model, one of "
            f"the two. Received: {_FLAGS.albert_config_file!r} and "
            f"{_FLAGS.model!r}."
        )
    for name in ("init_checkpoint", "grow_from"):
        # An unset variable of a shell script must not mean random weights.
        if _FLAGS[name].value == "":
            raise ValueError(
                f"--{name} names weights, or is left out. Received: ''."
            )
    if _FLAGS.init_checkpoint and _FLAGS.grow_from:
        raise ValueError(
            "Weights come from --init_checkpoint or from --grow_from, one of "
            f"the two. Received: {_FLAGS.init_checkpoint!r} and "
            f"{_FLAGS.grow_from!r}."
        )
    if _FLAGS.allow_partial_init and not _FLAGS.init_checkpoint:
        raise ValueError(
            "--allow_partial_init is about --init_checkpoint. Received: none."
        )
    if _FLAGS.grow_from and not _FLAGS.do_train:
        raise ValueError(
            "--grow_from starts a training. Received: --nodo_train as well."
        )
    if not (_FLAGS.do_train or _FLAGS.do_eval):
        raise ValueError(
            "There must be something to do. Received: --nodo_train and no "
            "--do_eval."
        )
