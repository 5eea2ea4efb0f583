"""Runs that are served: their checkpoints are exported first."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping

from absl import logging

from albert_tf.runs import run_checkpoint

# In a process of its own, whose memory goes with it; it imports what this one
# does, whatever lies in the folder where one works.
_EXPORT = "import sys; sys.path[:] = {path!r}; from albert_tf import commands; "
_EXPORT += "commands.main()"


@contextlib.contextmanager
def exported(
    folders: Mapping[str, str], which: str | None
) -> Iterator[dict[str, str]]:
    """Gives the folders of exports, by name, while open.

    Args:
        folders: by name, of an export, or of a run, or a checkpoint of one,
            which is exported to a temporary folder.
        which: checkpoint of a run to take, as of `run_checkpoint.find`.
    Raises:
        ValueError: one cannot be exported.
    """
    taken = run_checkpoint.find_each(folders.values(), which)
    with tempfile.TemporaryDirectory(prefix="albert_tf_serve_") as temporary:
        found = {}
        for (name, folder), checkpoint in zip(
            folders.items(), taken, strict=True
        ):
            found[name] = folder
            if run_checkpoint.is_of_run(folder):
                assert checkpoint is not None
                found[name] = os.path.join(temporary, name)
                _export(folder, checkpoint, found[name])
        yield found


def _export(folder: str, checkpoint: str, output: str) -> None:
    logging.info(
        "%s is a run, not an export: exporting %s to %s, which goes once it "
        "is loaded.",
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
            "A run must be exportable to be served. Received: "
            f"{folder}, and: {message[-1000:]} Export it with albert-tf "
            "export, and serve the export."
        )
