"""The folders that Hugging Face's `datasets` saves tables to, save_to_disk.

Source: https://github.com/huggingface/datasets, src/datasets/arrow_dataset.py
and dataset_dict.py.
"""

import json
import os
from typing import Any

from data_pipeline.io import files

_SPLITS, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"


def read(folder: str) -> tuple[dict[str, Any], list[str]]:
    """The features by column, and the paths of the Arrow files, in order.

    Raises:
        ValueError: the folder has several splits, or is no such folder.
    """
    names = files.names(folder)
    if _SPLITS in names:
        splits = _of_file(os.path.join(folder, _SPLITS)).get("splits")
        raise ValueError(
            "Data must be one split of a saved DatasetDict. Received: "
            f"{folder}, which has several: {splits}. Name one of its folders, "
            f"such as {os.path.join(folder, 'train')}."
        )
    if _STATE not in names or _INFO not in names:
        raise ValueError(
            "A folder of data must be one that datasets.Dataset.save_to_disk "
            f"wrote, with {_STATE} and {_INFO}. Received: {folder} with "
            f"{', '.join(names[:10]) or 'nothing'}. Name a file, or another "
            "folder."
        )
    path = os.path.join(folder, _STATE)
    state = _of_file(path)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise ValueError(
            f"A saved dataset must hold its rows in order. Received: {path} "
            "with a file of indices. Call flatten_indices() and save it again."
        )
    parts = state.get("_data_files")
    parts = parts if isinstance(parts, list) else []
    shards = [part.get("filename") for part in parts if isinstance(part, dict)]
    if len(shards) < max(len(parts), 1) or not all(
        isinstance(name, str) and name in names for name in shards
    ):
        raise ValueError(
            f"{path} must name the Arrow files of its folder under "
            f"_data_files. Received: {str(parts)[:80]}. Copy the whole folder."
        )
    path = os.path.join(folder, _INFO)
    return (
        features(path, files.read(path)),
        [os.path.join(folder, name) for name in shards],
    )


def features(path: str, content: bytes, key: str = "") -> dict[str, Any]:
    """The features by column, of JSON in a file.

    Args:
        path: of the file, for messages.
        content: the JSON.
        key: under which the information is; "" for the top.
    Raises:
        ValueError: it is something else.
    """
    found = _object(path, content)
    found = found.get(key) if key else found
    found = found.get("features") if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def class_names(feature: Any) -> list[str] | None:
    """The names of the numbers of a ClassLabel; None for other features."""
    names = feature.get("names") if isinstance(feature, dict) else None
    if isinstance(names, list) and all(isinstance(x, str) for x in names):
        return names
    return None


def inner(feature: Any) -> Any:
    """The feature of a list's items; None for other features."""
    if isinstance(feature, list) and len(feature) == 1:
        return feature[0]
    return feature.get("feature") if isinstance(feature, dict) else None


def _of_file(path: str) -> dict[str, Any]:
    return _object(path, files.read(path))


def _object(path: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        found = f"{type(error).__name__}: {error}"
    if not isinstance(found, dict):
        raise ValueError(
            f"{path} must hold a JSON object, as `datasets` writes it. "
            f"Received: {str(found)[:80]}. Save the dataset again."
        )
    return found
