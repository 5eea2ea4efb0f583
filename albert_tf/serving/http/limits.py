"""How large a request, and a batch of requests, may be.

What a batch costs is known before it is run: padded to the longest of its
texts, with logits over the vocabulary for each of its masks, and with answers
of a known shape. So memory has a bound that no request can lift.
"""

import dataclasses
import math

import tensorflow as tf

from albert_tf.serving.models import arrays
from albert_tf.serving.models import errors
from albert_tf.serving.models import requests
from albert_tf.serving.models import saved_model

_MASK = b"[MASK]"
# The one output of ids with an entry a mask, not an id.
_MASK_OUTPUT = "mlm_logits"
# Gradients keep what all layers made, and the layers of the smallest published
# model are 12.
_EXPLAIN = "explain"
_EXPLAIN_WEIGHT = 8
# Bytes of JSON that a number has at most, and what a text's answer has for
# each byte or id of the text.
_NUMBER = 16
_ANSWER = 128
# What a row has besides its ids and texts, and a request besides its rows.
_ROW_VALUES = 16
_OTHER_VALUES = 1024


@dataclasses.dataclass(frozen=True)
class Size:
    """Of a request or of several together.

    Attributes:
        rows: texts; of multiple choice the choices.
        length: bytes of the longest text, or ids of a row; of an explanation
            8 times that.
        masks: the most that a row has.
        values: numbers in the answer, of ids; texts have short answers.
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
    """Of one request; of a batch too, but for the body and a text's length."""

    max_body_bytes: int
    max_text_bytes: int
    max_rows: int
    max_padded: int
    max_masks: int
    max_values: int

    @property
    def max_answer_bytes(self) -> int:
        return _NUMBER * self.max_values + _ANSWER * self.max_padded

    def check_body(self, model: saved_model.Model, body: bytearray) -> None:
        """Bounds the values in a body before any is read.

        A value comes behind a comma or a bracket, or belongs to a key that
        does. Those inside texts count too, which are bounded as well. Lists
        and objects, which take longest to make, are rows and what has them.

        Raises:
            errors.Refused: there are more than any request may have.
        """
        inputs = max(len(each.inputs) for each in model.signatures.values())
        others = _ROW_VALUES * self.max_rows + _OTHER_VALUES
        for what, count, limit in (
            (
                "lists and objects",
                body.count(b"[") + body.count(b"{"),
                self.max_padded + others,
            ),
            ("values", body.count(b","), inputs * self.max_padded + others),
        ):
            if count > limit:
                raise errors.too_many(limit, what, count)

    def excess(self, size: Size) -> errors.Refused | None:
        """What `size` is refused with, if anything."""
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

    def check(
        self,
        model: saved_model.Model,
        request: requests.Request,
    ) -> Size:
        """Measures a request.

        Raises:
            errors.Refused: it is larger than what is served at once.
        """
        signature = request.signature
        rows, length, masks = 0, 0, 0
        for name, column in request.columns.items():
            if signature.inputs[name].dtype == tf.string:
                longest = max(map(len, column.flat))
                if longest > self.max_text_bytes:
                    raise errors.bad_request(
                        f"A text must have at most {self.max_text_bytes:,} "
                        f"bytes. Received: {longest:,}, in {name!r}."
                    )
                rows = max(rows, column.size)
                length += longest  # of both texts of a pair
                masks = max(masks, *(t.count(_MASK) for t in column.flat), 0)
                continue
            if column.shape[-1] > model.max_positions:
                raise errors.bad_request(
                    f"A row must have at most {model.max_positions} ids, the "
                    f"model's positions. Received: {column.shape[-1]}, in "
                    f"{name!r}."
                )
            rows = max(rows, math.prod(column.shape[:-1]))
            if name == arrays.MASK_POSITIONS:
                masks = column.shape[-1]
            else:
                length = max(length, column.shape[-1])
        if signature.name == _EXPLAIN:
            length *= _EXPLAIN_WEIGHT
        values = 0
        if not signature.takes_text:
            values = rows * sum(
                _numbers(spec, masks if name == _MASK_OUTPUT else length)
                for name, spec in signature.outputs.items()
            )
        size = Size(rows, length, masks, values)
        refused = self.excess(size)
        if refused:
            raise refused
        return size


def _numbers(spec: tf.TensorSpec, free: int) -> int:
    """Numbers that an answer has for a row, its free axes `free` long."""
    return math.prod(
        free if length is None else length for length in spec.shape[1:]
    )
