"""The names, types and shapes of the arrays in batches.

This is what models and losses read. data_pipeline declares the same for the
batches that it creates; a test compares the two.

Letters: B rows of a batch, S tokens of a row, M masked slots, K examples
packed in a row, C choices of an example, W windows of a text, A classes, T
tokens of a target.
"""

from typing import Any
from typing import NamedTuple
from typing import TypedDict


class Array(NamedTuple):
    """Type and shape of an array.

    Attributes:
        dtype: name of the type.
        shape: a letter for each dimension.
    """

    dtype: str
    shape: str


# Inputs of all models. Padding is 0.
ROWS = {
    "token_ids": Array("int32", "BS"),
    "segment_ids": Array("int32", "BS"),
    "padding_mask": Array("int32", "BS"),
}
# Inputs for rows that hold several examples. pack_ids is the number of a
# token's example in the row, from 1, and 0 at padding; position_ids starts at 0
# in each example; first_positions is where each example starts, 0 in unused
# slots.
PACKED_ROWS = {
    **ROWS,
    "pack_ids": Array("int32", "BS"),
    "position_ids": Array("int32", "BS"),
    "first_positions": Array("int32", "BK"),
}
# Unused slots are 0 in all of them.
_MASKS = {
    "mask_positions": Array("int32", "BM"),
    "mask_ids": Array("int32", "BM"),
    "mask_weights": Array("float32", "BM"),
}
# sentence_order is 1 if the segments are swapped, 0 if they are in order, and
# below 0 if there is only one segment.
PRETRAINING = {**ROWS, **_MASKS, "sentence_order": Array("int32", "B")}
PACKED_PRETRAINING = {
    **PACKED_ROWS,
    **_MASKS,
    "sentence_order": Array("int32", "BK"),
}
# item is the number of an example, below 0 in rows without one.
TASK = {**ROWS, "item": Array("int32", "B")}
PACKED_TASK = {**PACKED_ROWS, "item": Array("int32", "BK")}
# Multiple choice has a row for each choice.
CHOICES = {name: Array(array.dtype, "BCS") for name, array in ROWS.items()} | {
    "item": Array("int32", "B")
}
# The factor of each example's loss in training, if examples have weights; with
# several labels, that of each label's loss.
WEIGHT = {"weight": Array("float32", "B")}
LABEL_WEIGHTS = {"weight": Array("float32", "BA")}
# Texts in windows have a row for each window; unused ones have no tokens.
WINDOWS = {name: Array(array.dtype, "BWS") for name, array in ROWS.items()} | {
    "item": Array("int32", "B")
}
# In other rows, window_places says where the windows of each text are: the row,
# in packed rows the row times K plus the slot, below 0 for unused windows.
WINDOW_PLACES = {"window_places": Array("int32", "BW")}
# Texts to write: a start token, the text, an end token; padding is 0. The mask
# is 1 at tokens.
TARGETS = {
    "target_ids": Array("int32", "BT"),
    "target_mask": Array("int32", "BT"),
}
# As pack_ids and position_ids; a target has the number of its source.
PACKED_TARGETS = {
    **TARGETS,
    "target_pack_ids": Array("int32", "BT"),
    "target_position_ids": Array("int32", "BT"),
}
# Span models also read where an answer may start or end.
SPAN_MASK = {"span_mask": Array("int32", "BS")}


class Rows(TypedDict, total=False):
    """Type of AlbertEncoder's inputs: `ROWS` or `PACKED_ROWS`."""

    token_ids: Any
    segment_ids: Any
    padding_mask: Any
    pack_ids: Any
    position_ids: Any
    first_positions: Any


class PretrainingBatch(Rows, total=False):
    """Type of `PRETRAINING` and `PACKED_PRETRAINING`."""

    mask_positions: Any
    mask_ids: Any
    mask_weights: Any
    sentence_order: Any


class TaskBatch(Rows, total=False):
    """Type of `TASK` and `PACKED_TASK`, with the labels of a kind of task."""

    item: Any
    label: Any
    weight: Any
    text_ids: Any
    target_ids: Any
    target_mask: Any
    target_pack_ids: Any
    target_position_ids: Any
    window_places: Any
    span_mask: Any
    start_positions: Any
    end_positions: Any
    unanswerable: Any
