"""Example: the content of a record."""

import dataclasses

# [CLS] first [SEP] second [SEP]
NUM_SPECIAL_TOKENS = 3


@dataclasses.dataclass(frozen=True)
class Example:
    """Unmasked ids of one or two segments, in the order of the text.

    Attributes:
        token_ids: ids of both segments, without special tokens.
        first_length: number of tokens of the first segment. If these are all
            tokens, there is no second segment and no sentence-order question;
            such an example trains the masked LM only.
        sentence_order: None if the exchange is drawn during training;
            otherwise the fixed label: 0 in order, 1 not in order.
    """

    token_ids: list[int]
    first_length: int
    sentence_order: int | None = None
