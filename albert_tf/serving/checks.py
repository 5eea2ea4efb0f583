"""Rejects values for which a model would fail or give meaningless answers."""

import numpy as np
import tensorflow as tf

from albert_tf import kinds
from albert_tf.serving.models import arrays
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests
from albert_tf.serving.models import saved_model


def check(request: requests.Request) -> None:
    """Checks the values of a request.

    Raises:
        errors.Refused: an id is out of range, or a text is empty.
    """
    model = request.model
    for name, column in request.columns.items():
        if request.signature.inputs[name].dtype == tf.string:
            _check_texts(model, name, column)
        else:
            _check_ids(model, name, column, request.columns)


def _check_texts(
    model: saved_model.Model, name: str, column: np.ndarray
) -> None:
    """Checks that texts are not empty; training refuses empty texts, too."""
    name_of_kind = model.config.get("kind")
    if not isinstance(name_of_kind, str):
        return
    kind = kinds.KINDS.get(name_of_kind)
    if kind and name in kind.may_be_empty:
        return
    for row, texts in enumerate(column.reshape(len(column), -1)):
        for text in texts:
            if not text.decode().strip():
                raise errors.empty_text(name, row, text.decode())


def _check_ids(
    model: saved_model.Model,
    name: str,
    column: np.ndarray,
    columns: dict[str, np.ndarray],
) -> None:
    count = model.counts.get(name)
    if name == arrays.MASK_POSITIONS and "token_ids" in columns:
        count = columns["token_ids"].shape[-1]
    if count is None:
        return
    # As an unsigned number, a negative id is large.
    wrong = column.view(np.uint32) >= count
    if wrong.any():
        place = tuple(map(int, np.argwhere(wrong)[0]))
        raise errors.bad_request(
            f"{name!r} must contain whole numbers from 0 to {count - 1:,}. "
            f"Received: {column[place]} in row {place[0]} (from 0)."
        )
