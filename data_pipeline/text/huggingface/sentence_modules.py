"""Where a folder of sentence-transformers has its tokenizer."""

import os

from data_pipeline.io import files
from data_pipeline.io import json_file

_MODULES = "modules.json"


def tokenizer_folder(folder: str) -> str:
    """The folder of the first module, which is the encoder with its tokenizer;
    `folder` itself if it is not one of sentence-transformers."""
    path = os.path.join(folder, _MODULES)
    if not files.exists(path):
        return folder
    modules = json_file.read_array(path)
    first = modules[0] if modules else None
    place = first.get("path") if isinstance(first, dict) else None
    if not isinstance(place, str) or ".." in place or os.path.isabs(place):
        raise ValueError(
            "The first module must name a folder inside its own. Received: "
            f"{first!r:.80} in {path}. Fetch or write the file again."
        )
    return os.path.join(folder, place).rstrip("/")
