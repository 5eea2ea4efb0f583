"""Reads folders that Hugging Face's `datasets` wrote with save_to_disk.

Source: https://github.com/huggingface/datasets, src/datasets/arrow_dataset.py
and dataset_dict.py.
"""

import os
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file

_SPLITS, _STATE, _INFO = "dataset_dict.json", "state.json", "dataset_info.json"


def read(folder: str) -> tuple[dict[str, Any], list[str]]:
    """The features by column, and the paths of the Arrow files, in order.

    Raises:
        ValueError: the folder has several splits, or `datasets` did not write
            it.
    """
    names = files.names(folder)
    if _SPLITS in names:
        path = os.path.join(folder, _SPLITS)
        splits = json_file.read_object(path).get("splits")
        raise ValueError(
            "Data must be one split of a saved DatasetDict. Received: "
            f"{folder}, which has several: {splits!r:.60}. Name one of its "
            f"folders, such as {os.path.join(folder, 'train')}."
        )
    if _STATE not in names or _INFO not in names:
        raise ValueError(
            "A folder of data must be one that datasets.Dataset.save_to_disk "
            f"wrote, with {_STATE} and {_INFO}. Received: {folder} with "
            f"{', '.join(names[:10]) or 'nothing'}. Name a file, or another "
            "folder."
        )
    info = json_file.read_object(os.path.join(folder, _INFO))
    return features(info), _shards(folder, names)


def features(info: Any) -> dict[str, Any]:
    """The features by column, in a dataset's information; {} if there are
    none."""
    found = info.get("features") if isinstance(info, dict) else None
    return found if isinstance(found, dict) else {}


def class_names(feature: Any) -> list[str] | None:
    """The names of a ClassLabel's numbers; None for other features."""
    names = feature.get("names") if isinstance(feature, dict) else None
    if isinstance(names, list) and all(isinstance(x, str) for x in names):
        return names
    return None


def inner(feature: Any) -> Any:
    """The feature of a list's items; None for other features."""
    if isinstance(feature, list) and len(feature) == 1:
        return feature[0]
    return feature.get("feature") if isinstance(feature, dict) else None


def _shards(folder: str, names: list[str]) -> list[str]:
    """The paths of the Arrow files in a folder with these names, in order."""
    path = os.path.join(folder, _STATE)
    state = json_file.read_object(path)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise ValueError(
            f"A saved dataset must store its rows in order. Received: {path}, "
            "which names a file of indices. Call flatten_indices() and save "
            "the dataset again."
        )
    listed = state.get("_data_files")
    entries = listed if isinstance(listed, list) else []
    shards = [
        entry["filename"]
        for entry in entries
        if isinstance(entry, dict) and entry.get("filename") in names
    ]
    if not shards or len(shards) < len(entries):
        raise ValueError(
            f"{path} must name the Arrow files of its folder under "
            f"_data_files. Received: {listed!r:.80}. Copy the whole folder."
        )
    return [os.path.join(folder, name) for name in shards]
