"""Exports models that are served and are not exports yet."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping

from absl import logging

from albert_tf.hub import names
from albert_tf.runs import run_checkpoint

# Runs in a process of its own, so that its memory is freed. With the same
# sys.path, it imports the same packages as this one.
_EXPORT = "import sys; sys.path[:] = {path!r}; from albert_tf import commands; "
_EXPORT += "commands.main()"


@contextlib.contextmanager
def exported(
    folders: Mapping[str, str], which: str | None, is_offline: bool = False
) -> Iterator[dict[str, str]]:
    """Yields the folders of exports by name; temporary ones exist while open.

    Args:
        folders: folders by name: of exports; or of runs, or checkpoints of
            runs; or names of models to fetch. All but the first are exported to
            a temporary folder.
        which: the checkpoint to take from a run, as in `run_checkpoint.find`.
        is_offline: whether to use only models that were fetched before.
    Raises:
        ValueError: a run cannot be exported.
    """
    folders = {
        name: names.resolve(folder, is_offline)
        for name, folder in folders.items()
    }
    taken = run_checkpoint.find_each(folders.values(), which)
    with tempfile.TemporaryDirectory(prefix="albert_tf_serve_") as temporary:
        found = {}
        for (name, folder), checkpoint in zip(
            folders.items(), taken, strict=True
        ):
            assert checkpoint is not None
            found[name] = folder
            if run_checkpoint.is_of_run(folder) or names.is_fetched(checkpoint):
                found[name] = os.path.join(temporary, name)
                _export(folder, checkpoint, found[name])
        yield found


def _export(folder: str, checkpoint: str, output: str) -> None:
    logging.info(
        "%s is not an export. Exporting %s to %s, which is removed once it is "
        "loaded.",
        folder,
        checkpoint,
        output,
    )
    outcome = subprocess.run(
        [
            sys.executable,
            "-c",
            _EXPORT.format(path=sys.path),
            "export",
            f"--checkpoint={checkpoint}",
            f"--output={output}",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if outcome.returncode:
        message = outcome.stderr.rpartition("Error: ")[2].strip()
        raise ValueError(
            "It must be possible to export a model that is served. Received: "
            f"{folder}, and: {message[-1000:]} Export it with albert-tf "
            "export, and serve the export."
        )
