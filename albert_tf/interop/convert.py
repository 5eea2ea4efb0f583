r"""Converts weights between Google's, Hugging Face's and our own formats.

    python -m albert_tf.interop.convert --input=run --output=converted \
        --to=huggingface

`--to` is google, huggingface or albert_tf; `--input` is anything that
albert_tf.load reads. Prints which weights met, and the largest difference
between the models on both sides on a probe batch. The tokenizer is not part of
the weights; its files can be copied as they are. The kind of task and the names
of the classes are kept, in Hugging Face's config.json or in a task.json.
"""

import os
import sys

import tensorflow as tf
from absl import app
from absl import flags
from absl import logging

from albert_tf import config as config_lib
from albert_tf import loading
from albert_tf import models
from albert_tf import new_folder
from albert_tf.interop import google
from albert_tf.interop import huggingface
from albert_tf.interop import probe
from albert_tf.interop import task_info
from albert_tf.interop import tensorflow_checkpoint

_FLAGS = flags.FLAGS
# What the user's input can cause; anything else is a bug and shows itself.
_USER_ERRORS = (ValueError, OSError, tf.errors.OpError)


def convert(
    source: str | os.PathLike,
    output: str | os.PathLike,
    to: str,
    *,
    head: str | None = None,
    task: str | None = None,
    config: config_lib.AlbertConfig | str | os.PathLike | None = None,
) -> list[str]:
    """Writes the weights of `source` in another format, and compares.

    Only weights that the source has are written: heads that it lacks are not
    made up. What was written is read back and must be equal to the last bit.

    Args:
        source: anything that `albert_tf.load` reads.
        output: folder to write; all of it or nothing.
        to: "google", "huggingface" or "albert_tf".
        head, task, config: as of `albert_tf.load`.
    Returns:
        the report, line by line.
    Raises:
        FileExistsError: something lies at `output`.
        ValueError: a source that cannot be read, or that the other format
            cannot hold.
    """
    source, output = os.fspath(source), os.fspath(output).rstrip("/")
    with new_folder.create(output) as unfinished:
        return _convert(source, output, unfinished, to, head, task, config)


def _convert(source, output, unfinished, to, head, task, config) -> list[str]:
    model, coverage = loading.load_with_coverage(
        source, head=head, task=task, config=config
    )
    weights = models.named_weights(model)
    values = {name: weights[name].numpy() for name, _ in coverage.matched}
    info = model.task_info

    if to == "huggingface":
        written = huggingface.write(model.config, values, unfinished, info)
    else:
        written = _WRITERS[to](model.config, values, unfinished)
        if info.kind:
            task_info.write_task_file(unfinished, info)
    _check_equal(unfinished, values, written, head)
    return [
        str(coverage),
        f"{to}: {len(written)} weights written.",
        *(
            f"  left out, since {to} has no place for it: {name}"
            for name in sorted(values.keys() - written.keys())
        ),
        *(
            line.replace(unfinished, output)
            for line in probe.compare(model, source, unfinished)
        ),
    ]


_WRITERS = {
    "google": google.write,
    "albert_tf": tensorflow_checkpoint.write,
}
_FORMATS = ("google", "huggingface", "albert_tf")


def _check_equal(folder, values, written, head) -> None:
    back = loading.open_source(folder, head or _head(written))
    for name in written:
        assert back.value(name).tobytes() == values[name].tobytes(), name


def _head(names) -> str | None:
    heads = {name.split("/")[0] for name in names}
    return next((h for h in huggingface.SAME_NAME_HEADS if h in heads), None)


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Received also: {' '.join(argv[1:])}")
    try:
        lines = convert(
            _FLAGS.input,
            _FLAGS.output,
            _FLAGS.to,
            head=_FLAGS.head,
            task=_FLAGS.task,
            config=_FLAGS.albert_config_file,
        )
    except _USER_ERRORS as error:
        sys.exit(f"Error: {error}")
    print("\n".join(lines))


def _define_flags() -> None:
    flags.DEFINE_string("input", None, "Anything that albert_tf.load reads.")
    flags.DEFINE_string("output", None, "Folder to write; must not exist.")
    flags.DEFINE_enum("to", None, list(_FORMATS), "Whose format to write.")
    flags.DEFINE_enum(
        "head",
        None,
        huggingface.SAME_NAME_HEADS,
        "What the classifier's weights are, where the input does not say: "
        "Google gives classification and multiple choice one name.",
    )
    flags.DEFINE_string("task", None, "Whose head, of a run of several tasks.")
    flags.DEFINE_string(
        "albert_config_file", None, "Of a checkpoint without one beside it."
    )
    flags.mark_flags_as_required(["input", "output", "to"])


if __name__ == "__main__":
    _define_flags()
    logging.set_verbosity(logging.WARNING)
    app.run(main)
