"""The folder of a build: a complete set, part of one, or something else."""

import os
import re

from absl import logging

from data_pipeline.io import files
from data_pipeline.pretraining.records import manifests

# Folder beside the shards for the files of an incomplete build.
UNFINISHED = "unfinished"
# Settings for faults, on which the records of a text without any do not depend.
_ABOUT_FAULTS = ("invalid_utf8", "on_bad_document")


def made_before(
    output_dir: str, begun: manifests.Manifest
) -> manifests.Manifest | None:
    """The manifest of a complete set, if any; its settings must be the same."""
    path = os.path.join(output_dir, manifests.FILE_NAME)
    if not files.exists(path):
        return None
    made = manifests.read(output_dir)
    _check_same(made, begun, path)
    return made


def _check_same(
    made: manifests.Manifest,
    asked: manifests.Manifest,
    path: str,
    but: tuple[str, ...] = (),
) -> None:
    # Sets from before this setting: a bad document stopped the build.
    settings = {"on_bad_document": "stop", **made.settings}
    differing = [
        f"{name} {mine!r} instead of {theirs!r}"
        for name, theirs, mine in [
            *(
                (key, settings.get(key), asked.settings.get(key))
                for key in sorted({*settings, *asked.settings} - {*but})
            ),
            ("tokenizer", made.tokenizer, asked.tokenizer),
            ("input", made.inputs, asked.inputs),
        ]
        if theirs != mine
    ]
    if differing:
        raise FileExistsError(
            "Records of other settings must not be overwritten. Received: "
            f"{path}, which was made with other settings: "
            f"{'; '.join(differing)}. Remove the folder or name another."
        )


def claim(work: str, begun: manifests.Manifest) -> None:
    """Writes down the settings of the build, or checks that they match."""
    if others := _others(work):
        raise FileExistsError(
            f"{work} must be left to the builder, which removes it when the "
            f"records are complete. Received: {others[0]!r:.60} in it. Move "
            "that away, or name another folder."
        )
    if files.exists(os.path.join(work, manifests.FILE_NAME)):
        # After an error about a fault, the setting for faults may change.
        _check_same(manifests.read(work), begun, work, _ABOUT_FAULTS)
        logging.info("Resuming with the files in %s.", work)
    files.make_folder(work)
    manifests.write(work, begun)
    files.make_folder(os.path.join(work, "blocks"))


def clean_up(output_dir: str) -> None:
    """Removes what a build leaves beside the shards of a complete set."""
    work = os.path.join(output_dir, UNFINISHED)
    if not _others(work):
        files.remove_folder(work)
    files.remove_unfinished(output_dir)


def _others(work: str) -> list[str]:
    """Names in the folder that do not belong to a build."""
    ours = re.compile(
        rf"blocks|[0-9a-f]{{24}}|{re.escape(manifests.FILE_NAME)}"
    )
    return [
        name
        for name in files.names(work)
        if not (ours.fullmatch(name) or files.is_unfinished(name))
    ]
