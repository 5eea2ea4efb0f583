"""The flags of both training scripts that are about a teacher."""

from collections.abc import Iterator

from absl import flags

from data_pipeline.commands import command_help

_FLAGS = flags.FLAGS
WEIGHTS = (
    "distill_temperature",
    "distill_weight",
    "distill_hidden_weight",
    "distill_attention_weight",
)


def define() -> None:
    number = flags.DEFINE_float
    command_help.section("Teacher")
    flags.DEFINE_string(
        "teacher",
        None,
        "Model to distill from, of any size, with the same head, classes and "
        "vocabulary: anything that albert_tf.load reads. It runs frozen in the "
        "same training step.",
    )
    number(
        "distill_temperature",
        2.0,
        "Temperature of the student's and the teacher's distributions in the "
        "distillation loss.",
        1e-3,
    )
    number(
        "distill_weight",
        0.5,
        "Share of the loss that comes from the teacher's logits; the rest "
        "comes from the labels.",
        0.0,
        1.0,
    )
    number(
        "distill_hidden_weight",
        0.0,
        "Weight of the distillation loss on hidden states: the squared "
        "difference of normalized layer outputs.",
        0.0,
    )
    number(
        "distill_attention_weight",
        0.0,
        "Weight of the distillation loss on attention: the divergence of the "
        "last layer's query, key and value relations.",
        0.0,
    )


def faults(do_train: bool) -> Iterator[str]:
    """What does not go together among the flags."""
    if _FLAGS.teacher == "":
        # An unset variable of a shell script must not mean no teacher.
        yield ("--teacher must name a model, or be left out. Received: ''.")
    if _FLAGS.teacher is None:
        given = [name for name in WEIGHTS if _FLAGS[name].present]
        if given:
            yield (
                "Distillation settings must be used with --teacher. Received: "
                f"{', '.join(f'--{name}' for name in given)} without one."
            )
    elif not do_train:
        yield (
            "A teacher must be used with --do_train. Received: "
            f"--teacher={_FLAGS.teacher}, and no --do_train. Leave one out."
        )
