"""Models that are served and no exports: they are exported first."""

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

# In a process of its own, whose memory goes with it; it imports what this one
# does, whatever lies in the folder where one works.
_EXPORT = "import sys; sys.path[:] = {path!r}; from albert_tf import commands; "
_EXPORT += "commands.main()"


@contextlib.contextmanager
def exported(
    folders: Mapping[str, str], which: str | None, is_offline: bool = False
) -> Iterator[dict[str, str]]:
    """Gives the folders of exports, by name, while open.

    Args:
        folders: by name, of an export; or of a run, a checkpoint of one, or
            the name of a model to fetch, which are exported to a temporary
            folder.
        which: checkpoint of a run to take, as of `run_checkpoint.find`.
        is_offline: whether to use only models that were fetched before.
    Raises:
        ValueError: one cannot be exported.
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
        "%s is no export: exporting %s to %s, which goes once it is loaded.",
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
            "A model must be exportable to be served. Received: "
            f"{folder}, and: {message[-1000:]} Export it with albert-tf "
            "export, and serve the export."
        )
