"""The maximum lengths of rows and of the texts in them."""

from dataclasses import asdict
from dataclasses import dataclass
from typing import Any

# The settings of kinds whose long texts may be read in several ways.
LONG_TEXTS = ("long_texts", "doc_stride", "max_windows")


@dataclass(frozen=True, kw_only=True)
class RowLengths:
    """Maximum lengths in tokens, under the names of google-research/albert.

    Attributes:
        max_seq_length: length of a row.
        max_qa_length: length of a choice, in multiple choice.
        doc_stride: distance between the starts of two windows.
        max_query_length: length of a question.
        long_texts: what becomes of texts that are longer; see `long_texts`.
        max_windows: the most windows of a text.
        max_target_length: length of a text to write.
    """

    max_seq_length: int
    max_qa_length: int = 128
    doc_stride: int = 128
    max_query_length: int = 64
    long_texts: str = "cut"
    max_windows: int = 1
    max_target_length: int = 128

    @property
    def of_answers(self) -> dict[str, Any]:
        """As the options of answer_modules. A model that writes knows itself
        how long its texts may be."""
        values = asdict(self)
        del values["max_target_length"]
        return values

    @property
    def of_texts(self) -> dict[str, Any]:
        """Arguments of `text_features.encode_texts`."""
        names = ("max_seq_length", *LONG_TEXTS)
        return {name: getattr(self, name) for name in names}
