"""Example: what a record holds."""

import dataclasses

# [CLS] first [SEP] second [SEP]
NUM_SPECIAL_TOKENS = 3


@dataclasses.dataclass(frozen=True)
class Example:
    """Unmasked ids of one or two segments, in the order of the text.

    token_ids holds both, first_length tokens of the first one. Where
    first_length is all of them there is no second segment, and so no
    sentence-order question: such an example trains the masked LM only.
    sentence_order is None where the exchange is drawn while training, or the
    label, 0 in order and 1 not, where the segments were chosen to be so.
    """

    token_ids: list[int]
    first_length: int
    sentence_order: int | None = None
