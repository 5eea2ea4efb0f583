"""Writes a corpus as plain text, with an optional held-out split."""

import contextlib
import os
import zlib
from collections.abc import Iterable

from data_pipeline.corpora import documents
from data_pipeline.io import files
from data_pipeline.io import folder_lock
from data_pipeline.io import outputs


def is_heldout(name: str, fraction: float) -> bool:
    """Whether a document is held out. Only its name decides, so a larger dump,
    or another order of files, holds out the same documents."""
    return zlib.crc32(name.encode()) < fraction * 2**32


def write(
    corpus: Iterable[documents.Document],
    output_dir: str,
    heldout_fraction: float,
) -> dict[str, dict[str, int]]:
    """Writes train.txt and heldout.txt; returns the counts of each.

    Raises:
        FileExistsError: one of them exists.
        BlockingIOError: another process writes to the folder.
        ValueError: one of them would have no document.
    """
    names = ["train", "heldout"] if heldout_fraction else ["train"]
    paths = {name: os.path.join(output_dir, f"{name}.txt") for name in names}
    with folder_lock.hold(output_dir, "writing a corpus"):
        for path in paths.values():
            outputs.refuse_to_overwrite(path)
        files.remove_unfinished(output_dir)
        return _write(corpus, paths, heldout_fraction)


def _write(
    corpus: Iterable[documents.Document],
    paths: dict[str, str],
    heldout_fraction: float,
) -> dict[str, dict[str, int]]:
    counts = {
        name: {"documents": 0, "sentences": 0, "characters": 0}
        for name in paths
    }
    with contextlib.ExitStack() as stack:
        # Both get their names at the end, first heldout.txt, then train.txt.
        splits = {
            name: stack.enter_context(files.whole(path, "w"))
            for name, path in paths.items()
        }
        for document in corpus:
            heldout = is_heldout(document.name, heldout_fraction)
            name = "heldout" if heldout else "train"
            splits[name].write("\n".join(document.sentences) + "\n\n")
            counts[name]["documents"] += 1
            counts[name]["sentences"] += len(document.sentences)
            counts[name]["characters"] += sum(map(len, document.sentences))
        _check_splits(counts, heldout_fraction)
    return counts


def _check_splits(
    counts: dict[str, dict[str, int]], heldout_fraction: float
) -> None:
    for name, count in counts.items():
        if not count["documents"]:
            raise ValueError(
                f"The {name} split must have a document. Received: "
                f"{sum(c['documents'] for c in counts.values())} documents in "
                f"all, with --heldout_fraction={heldout_fraction}. Use more "
                "text or another fraction."
            )
