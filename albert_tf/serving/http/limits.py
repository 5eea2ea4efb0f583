"""Limits the size of requests and of batches.

The cost of a batch is known before it runs: it is padded to its longest text,
has logits over the vocabulary for each mask, and its answers have known shapes.
So memory has a bound that no request can exceed.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from albert_tf.serving.models import arrays
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests

_MASK = b"[MASK]"
# The only output with an entry for each mask rather than for each id.
_MASK_OUTPUT = "mlm_logits"
# Gradients keep the outputs of all layers, and the smallest published model has
# 12 layers.
_EXPLAIN = "explain"
_EXPLAIN_WEIGHT = 8
# The signature of the encoder alone.
_FEATURES = "features"
# Largest number of bytes in JSON for a number, and for the answer to each byte
# or id of a text.
_NUMBER = 16
_ANSWER = 128
# Values that a row may have besides its ids and texts, and a request besides
# its rows.
_ROW_VALUES = 16
_OTHER_VALUES = 1024


@dataclasses.dataclass(frozen=True)
class Size:
    """The size of a request or of several requests together.

    Attributes:
        rows: number of texts; for multiple choice, number of choices.
        length: bytes of the longest text, or ids in a row; 8 times that for
            explanations. A model that writes adds the tokens that its search
            may keep for a text.
        masks: largest number of masks in a row.
        values: numbers in the answer.
    """

    rows: int
    length: int
    masks: int
    values: int

    def joined(self, other: "Size") -> "Size":
        return Size(
            self.rows + other.rows,
            max(self.length, other.length),
            max(self.masks, other.masks),
            self.values + other.values,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits for a request.

    All but those of bodies and texts are limits for a batch, too.

    Attributes:
        max_body_bytes: bytes of a body.
        max_text_bytes: bytes of a text.
        max_rows: number of texts or rows.
        max_padded: number of rows times the length of the longest one.
        max_masks: number of rows times the most masks in one of them.
        max_values: numbers in the answer.
    """

    max_body_bytes: int
    max_text_bytes: int
    max_rows: int
    max_padded: int
    max_masks: int
    max_values: int

    @property
    def max_answer_bytes(self) -> int:
        return _NUMBER * self.max_values + _ANSWER * self.max_padded

    def check_body(self, body: bytearray, num_inputs: int = 1) -> None:
        """Checks the number of values in a body before it is parsed.

        Each value follows a comma or a bracket, or its key does. Those inside
        texts are counted, too, since texts are also limited. Lists and objects,
        which take the longest to create, are rows and containers of rows.

        Args:
            body: JSON.
            num_inputs: the most inputs that a signature has.
        Raises:
            errors.Refused: there are more values than any request may have.
        """
        others = _ROW_VALUES * self.max_rows + _OTHER_VALUES
        for what, count, limit in (
            (
                "lists and objects",
                body.count(b"[") + body.count(b"{"),
                self.max_padded + others,
            ),
            ("values", body.count(b","), num_inputs * self.max_padded + others),
        ):
            if count > limit:
                raise errors.too_many(limit, what, count)

    def excess(self, size: Size) -> errors.Refused | None:
        """The error for a size that exceeds a limit; None if it fits."""
        for what, count, limit in (
            (arrays.ROWS, size.rows, self.max_rows),
            (
                "texts or rows times the bytes or ids of the longest (8 times "
                "that to explain)",
                size.rows * size.length,
                self.max_padded,
            ),
            (
                "texts or rows times the most masks in one of them",
                size.rows * size.masks,
                self.max_masks,
            ),
            ("numbers in its answer", size.values, self.max_values),
        ):
            if count > limit:
                return errors.too_many(limit, what, count)
        return None

    def check(self, request: requests.Request) -> Size:
        """Returns the size of a request.

        Raises:
            errors.Refused: it exceeds a limit.
        """
        model, signature = request.model, request.signature
        rows, length, masks = 0, 0, 0
        for name, column in request.columns.items():
            if signature.inputs[name].dtype == tf.string:
                longest = max(map(len, column.flat))
                if longest > self.max_text_bytes:
                    raise errors.bad_request(
                        f"A text must have at most {self.max_text_bytes:,} "
                        f"bytes. Received: {longest:,} in {name!r}. Shorten it."
                    )
                rows = max(rows, column.size)
                length += longest  # of both texts of a pair
                masks = max(masks, *(t.count(_MASK) for t in column.flat), 0)
                continue
            if column.shape[-1] > model.max_positions:
                raise errors.bad_request(
                    f"A row must have at most {model.max_positions} ids, one "
                    "for each position of the model. Received: "
                    f"{column.shape[-1]} in {name!r}. Shorten it."
                )
            rows = max(rows, math.prod(column.shape[:-1]))
            if name == arrays.MASK_POSITIONS:
                masks = column.shape[-1]
            else:
                length = max(length, column.shape[-1])
        if signature.name.startswith(_EXPLAIN):
            length *= _EXPLAIN_WEIGHT
        if signature.name != _FEATURES:
            length += _written(model.config)
        # Answers to texts are short, apart from those of a fixed size, such as
        # embeddings.
        values = rows * sum(
            _numbers(spec, masks if name == _MASK_OUTPUT else length)
            for name, spec in signature.outputs.items()
            if not signature.takes_text or _is_fixed(spec)
        )
        size = Size(rows, length, masks, values)
        refused = self.excess(size)
        if refused:
            raise refused
        return size


def _written(config: Mapping[str, Any]) -> int:
    """Tokens whose keys a model that writes keeps for each text."""
    decoding = config.get("decoding")
    if not isinstance(decoding, dict):
        return 0
    sizes = decoding.get("beam_size"), decoding.get("max_length")
    return math.prod(size for size in sizes if type(size) is int)


def _is_fixed(spec: tf.TensorSpec) -> bool:
    """Whether each row of an output has the same size."""
    return spec.shape.rank is not None and None not in spec.shape[1:]


def _numbers(spec: tf.TensorSpec, free: int) -> int:
    """Numbers in an output for a row whose variable axes have length `free`."""
    return math.prod(
        free if length is None else length for length in spec.shape[1:]
    )
