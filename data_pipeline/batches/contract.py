"""The contents of batches: names, types and shapes that models may rely on.

Letters: B rows of a batch, S tokens of a row, M masked slots, K examples
packed in a row, C choices of an example, W windows of a text, A classes, T
tokens of a target.

The models list their inputs in a module of their own. A test,
tests/batches/test_contract.py, compares both modules, and both with real
batches.
"""

from typing import Any
from typing import NamedTuple
from typing import TypedDict

# The label of a row, or of a slot of a packed row, that has no label.
NO_LABEL = -1


class Array(NamedTuple):
    """Type and shape of an array.

    Attributes:
        dtype: name of the type.
        shape: a letter for each dimension.
    """

    dtype: str
    shape: str


# The contents of every batch. Padding is 0.
ROWS = {
    "token_ids": Array("int32", "BS"),
    "segment_ids": Array("int32", "BS"),
    "padding_mask": Array("int32", "BS"),
}
# Packed batches also hold pack_ids, the number of a token's example in its row,
# from 1 on; position_ids, which begin at 0 in each example; and
# first_positions, where each example begins, 0 in unused slots.
PACKED_ROWS = {
    **ROWS,
    "pack_ids": Array("int32", "BS"),
    "position_ids": Array("int32", "BS"),
    "first_positions": Array("int32", "BK"),
}
# Unused slots are 0 in all three.
_MASKS = {
    "mask_positions": Array("int32", "BM"),
    "mask_ids": Array("int32", "BM"),
    "mask_weights": Array("float32", "BM"),
}
# sentence_order is 1 if the segments are swapped (or the second does not
# follow the first), 0 if not, and NO_LABEL if there is only one segment.
PRETRAINING = {**ROWS, **_MASKS, "sentence_order": Array("int32", "B")}
PACKED_PRETRAINING = {
    **PACKED_ROWS,
    **_MASKS,
    "sentence_order": Array("int32", "BK"),
}
# Batches of tasks also hold item, the number of each example.
TASK = {**ROWS, "item": Array("int32", "B")}
PACKED_TASK = {**PACKED_ROWS, "item": Array("int32", "BK")}
# A multiple choice has a row for each choice.
CHOICES = {name: Array(each.dtype, "BCS") for name, each in ROWS.items()} | {
    "item": Array("int32", "B")
}
# The factor of each example's loss in training, if examples have weights; with
# several labels, that of each label's loss.
WEIGHT = {"weight": Array("float32", "B")}
LABEL_WEIGHTS = {"weight": Array("float32", "BA")}
# A long text has a row for each of its windows; unused ones have no tokens.
WINDOWS = {name: Array(each.dtype, "BWS") for name, each in ROWS.items()} | {
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
# Rows of spans also hold the positions where an answer may start or end.
SPAN_MASK = {"span_mask": Array("int32", "BS")}


class PretrainingBatch(TypedDict):
    """A batch of `PRETRAINING`, as a type."""

    token_ids: Any
    segment_ids: Any
    padding_mask: Any
    mask_positions: Any
    mask_ids: Any
    mask_weights: Any
    sentence_order: Any


class PackedPretrainingBatch(PretrainingBatch):
    """A batch of `PACKED_PRETRAINING`, as a type."""

    pack_ids: Any
    position_ids: Any
    first_positions: Any
