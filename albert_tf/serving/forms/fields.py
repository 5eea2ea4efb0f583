"""Fields of a request, with their types."""

from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf.serving.models import arrays
from albert_tf.serving.models import errors

_TEXTS = tf.TensorSpec([None], tf.string)


def check_names(content: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuses fields that are not known, which might change the answer."""
    unknown = content.keys() - known
    if unknown:
        raise errors.bad_request(
            f"The fields of a request must be among {', '.join(known)}. "
            f"Received: {', '.join(sorted(unknown))[:200]}."
        )


def texts(content: Mapping[str, Any], name: str, max_rows: int) -> np.ndarray:
    """A field with one text or a list of some, as an object array of bytes."""
    value = content.get(name)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise errors.bad_request(
            f"{name!r} must be a string or a list of strings. Received: "
            f"{arrays.kind(value)}."
        )
    if any(type(item) in (int, list) for item in value):
        raise errors.bad_request(
            f"{name!r} must be a string or a list of strings. Received: "
            f"{arrays.kind(value[0])}s in a list, such as ids of tokens. Send "
            "texts, since each model here has a tokenizer of its own; for "
            "ids, there is the signature ids of /v1/models/NAME:predict."
        )
    found = arrays.read(value, name, _TEXTS, max_rows)
    for row, each in enumerate(value):
        if not each.strip():
            raise errors.empty_text(name, row, each)
    return found


def text(content: Mapping[str, Any], name: str) -> str:
    """A field with a string.

    Raises:
        errors.Refused: it is missing, or not a string.
    """
    value = content.get(name)
    if not isinstance(value, str):
        raise errors.bad_request(
            f"{name!r} must be a string. Received: {arrays.kind(value)}."
        )
    return value


def flag(content: Mapping[str, Any], name: str, default: bool) -> bool:
    """A field that is true or false; null stands for the default."""
    value = content.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise errors.bad_request(
            f"{name!r} must be true or false. Received: {arrays.kind(value)}."
        )
    return value


def dimensions(content: Mapping[str, Any], size: int) -> int:
    """The field `dimensions`, from 1 to the model's size; default: the size."""
    value = content.get("dimensions")
    if value is None:
        return size
    if type(value) is not int or not 1 <= value <= size:
        raise errors.bad_request(
            "'dimensions' must be a whole number from 1 to the size of the "
            f"model's embeddings, {size}. Received: {str(value)[:40]}."
        )
    return value
