"""Converts weights to another format, as flags say."""

from absl import flags
from absl import logging

from albert_tf.interop import convert
from albert_tf.workflows import new_output
from data_pipeline.commands import command_line

_FLAGS = flags.FLAGS


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    logging.set_verbosity(logging.WARNING)
    with new_output.hold(_FLAGS.output, "--output", "converting"):
        lines = convert.convert(
            _FLAGS.input,
            _FLAGS.output,
            _FLAGS.to,
            head=_FLAGS.head,
            task=_FLAGS.task,
            config=_FLAGS.albert_config_file,
            which=_FLAGS.which,
        )
    print("\n".join(lines))
