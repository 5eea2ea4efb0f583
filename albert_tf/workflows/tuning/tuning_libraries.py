"""The library of the extra `tune`, imported when it is needed."""

import importlib
from typing import Any


def optuna() -> Any:
    """Imports Optuna.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("optuna")
    except ImportError as error:
        # What is missing may be a library that this one needs.
        raise ImportError(
            "Optuna must be installed to search for settings "
            f"({error}). Run pip install 'albert_tf[tune]'."
        ) from None
