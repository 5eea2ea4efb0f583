"""The manifest of a record set: what it holds and how it was made."""

import dataclasses
import json
import os
from typing import Any

from data_pipeline import files

FILE_NAME = "manifest.json"
FORMAT_VERSION = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a record set holds.

    settings: what decided the records beside text and tokenizer.
    tokenizer: its fingerprint; vocab_size: its number of pieces.
    inputs: how many files of text, their bytes, and a digest of their names
        and sizes.
    counts: documents, sentences, tokens, records, invalid_utf8.
    shards: for each file its name, records, bytes and sha256.
    """

    settings: dict[str, Any]
    tokenizer: str
    vocab_size: int
    inputs: dict[str, Any]
    counts: dict[str, int]
    shards: list[dict[str, Any]]
    format_version: int = FORMAT_VERSION


def write(folder: str, manifest: Manifest) -> None:
    """Written last: a folder with a manifest holds a whole record set."""
    content = json.dumps(dataclasses.asdict(manifest), indent=2) + "\n"
    files.write(os.path.join(folder, FILE_NAME), content.encode())


def read(folder: str) -> Manifest:
    """Reads the manifest of a record set.

    Raises:
        FileNotFoundError: there is none, so the set is not ours or not whole.
        ValueError: another format, or not a manifest.
    """
    path = os.path.join(folder, FILE_NAME)
    if not files.exists(path):
        raise FileNotFoundError(
            "A record set carries a manifest.json, written when it is whole. "
            f"Received: {folder!r} without one. Make the records with "
            "data_pipeline.pretraining.create_pretraining_data; the same "
            "command again finishes what was begun."
        )
    try:
        manifest = Manifest(**json.loads(files.read(path)))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} must be a record set's manifest: {error}"
        ) from None
    if manifest.format_version != FORMAT_VERSION:
        raise ValueError(
            f"This version reads records of format {FORMAT_VERSION}. "
            f"Received: {path} with format {manifest.format_version}. Make "
            "the records again."
        )
    return manifest
