"""The manifest of a record set: what it contains, and how it was made."""

import dataclasses
import json
import os
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file

FILE_NAME = "manifest.json"
FORMAT_VERSION = 2
_TYPES = {
    "settings": dict,
    "tokenizer": str,
    "vocab_size": int,
    "inputs": dict,
    "counts": dict,
    "shards": list,
}
_SHARD = {"name": str, "records": int, "bytes": int, "sha256": str}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """A description of a record set.

    Attributes:
        settings: the settings that decided the records, besides text and
            tokenizer.
        tokenizer: fingerprint of the tokenizer.
        vocab_size: number of pieces of the tokenizer.
        inputs: number of text files, their bytes, and a digest of their names
            and sizes.
        counts: number of documents, sentences, tokens, records and faults.
        shards: name, records, bytes and sha256 of each file.
    """

    settings: dict[str, Any]
    tokenizer: str
    vocab_size: int
    inputs: dict[str, Any]
    counts: dict[str, int]
    shards: list[dict[str, Any]]
    format_version: int = FORMAT_VERSION


def write(folder: str, manifest: Manifest) -> None:
    """Writes the manifest, last: a folder that has one is complete."""
    content = json.dumps(dataclasses.asdict(manifest), indent=2) + "\n"
    files.write(os.path.join(folder, FILE_NAME), content.encode())


def read(folder: str) -> Manifest:
    """Reads the manifest of a record set.

    Raises:
        FileNotFoundError: there is no manifest, so the set is incomplete or
            has another format.
        ValueError: the file has another format, or is not a manifest.
    """
    path = os.path.join(folder, FILE_NAME)
    if not files.exists(path):
        raise FileNotFoundError(
            "A record set must have a manifest.json, which is written last. "
            f"Received: {folder!r} without one. Make the records with "
            "albert-tf records; rerun the same command to complete a build."
        )
    content = json_file.read_object(path)
    version = content.get("format_version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise ValueError(
            f"Records must be of format {FORMAT_VERSION}. Received: {path} "
            f"with format {version!r:.60}. Make the records again."
        )
    wrong = _wrong(content)
    if wrong is not None:
        raise ValueError(
            f"{path} must be the manifest of a record set. Received: a file "
            f"where {wrong!r:.60} is missing, unknown or of another type. Make "
            "the records again."
        )
    return Manifest(**content)


def is_shard(row: Any) -> bool:
    """Whether a value describes a file, as in `Manifest.shards`."""
    return isinstance(row, dict) and all(
        type(row.get(name)) is kind for name, kind in _SHARD.items()
    )


def _wrong(content: dict[str, Any]) -> str | None:
    """The first key that does not fit a manifest, or None."""
    unknown = content.keys() - _TYPES.keys() - {"format_version"}
    for name, kind in _TYPES.items():
        if type(content.get(name)) is not kind:
            return name
    if type(content["settings"].get("max_seq_length")) is not int:
        return "max_seq_length"
    if not all(map(is_shard, content["shards"])):
        return "shards"
    if not all(type(count) is int for count in content["counts"].values()):
        return "counts"
    return min(unknown, default=None)
