"""The libraries of the extra `retrieval`, imported when they are needed."""

import importlib
from typing import Any


def load(name: str, purpose: str) -> Any:
    """Imports a library of the extra `retrieval`.

    Args:
        name: name of the module.
        purpose: what it is needed for, as "to search by vectors".
    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        # What is missing may be a library that this one needs.
        raise ImportError(
            f"{name} must be installed {purpose} ({error}). Run pip install "
            "'albert_tf[retrieval]'."
        ) from None
