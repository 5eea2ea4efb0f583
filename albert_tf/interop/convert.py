"""Converts weights between formats and compares the two models."""

import os
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np

from albert_tf import config as config_lib
from albert_tf import models
from albert_tf.interop import google
from albert_tf.interop import huggingface
from albert_tf.interop import loading
from albert_tf.interop import probe
from albert_tf.interop import task_info
from albert_tf.interop import tensorflow_checkpoint
from albert_tf.io import new_folder
from albert_tf.runs import run_checkpoint


def convert(
    source: str | os.PathLike,
    output: str | os.PathLike,
    to: str,
    *,
    head: str | None = None,
    task: str | None = None,
    config: config_lib.AlbertConfig | str | os.PathLike | None = None,
    which: str | None = None,
) -> list[str]:
    """Writes the weights of `source` in another format and compares the two.

    Only weights that the source has are written; missing heads are not
    initialized. The output is read back and must equal the source bit for bit.

    Args:
        source: anything that `albert_tf.load` reads.
        output: folder to create; it is written completely or not at all.
        to: "google", "huggingface" or "albert_tf".
        head, task, config, which: as in `albert_tf.load`.
    Returns:
        the lines of the report.
    Raises:
        FileExistsError: `output` exists.
        ValueError: the source cannot be read, or the other format cannot hold
            its weights.
    """
    source = run_checkpoint.find(source, which)
    output = os.fspath(output).rstrip("/")
    with new_folder.create(output) as unfinished:
        return _convert(source, output, unfinished, to, head, task, config)


def _convert(
    source: str,
    output: str,
    unfinished: str,
    to: str,
    head: str | None,
    task: str | None,
    config: config_lib.AlbertConfig | str | os.PathLike | None,
) -> list[str]:
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
            f"  left out, not supported by {to}: {name}"
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


def _check_equal(
    folder: str,
    values: Mapping[str, np.ndarray],
    written: Iterable[str],
    head: str | None,
) -> None:
    back = loading.open_source(folder, head or _head(written))
    for name in written:
        assert back.value(name).tobytes() == values[name].tobytes(), name


def _head(names: Iterable[str]) -> str | None:
    heads = {name.split("/")[0] for name in names}
    return next((h for h in huggingface.SAME_NAME_HEADS if h in heads), None)


if __name__ == "__main__":
    from albert_tf import commands

    commands.run("convert")
