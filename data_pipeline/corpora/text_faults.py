"""Faults in text: logged and counted, or raised, as the config says."""

import re
from collections.abc import Sequence

from absl import logging

from data_pipeline.corpora import text_config

# Kinds of faults.
KINDS = ("invalid_utf8", "bad_documents")
# Number of faults whose places are logged; others are only counted.
NAMED_PLACES = 5

_OTHER_ENCODING = (
    "which is not UTF-8. Convert the file from its encoding, for example with "
    "iconv -f WINDOWS-1252 -t UTF-8 or iconv -f GB18030 -t UTF-8"
)
_LONE = (
    "a lone surrogate, which is not a character. Fix the program that wrote "
    "the JSON"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Faults:
    """Collects the faults of a block.

    Attributes:
        counts: number of faults, by the names in KINDS.
        places: the first ones, as lines for the log.
    """

    def __init__(self, config: text_config.TextConfig):
        self._config = config
        self.counts = dict.fromkeys(KINDS, 0)
        self.places: list[str] = []

    def bad_document(
        self, rule: str, place: str, received: str, remedy: str
    ) -> None:
        """Counts a document as left out, or raises an error.

        Args:
            rule: a sentence with the rule that the document breaks.
            place: file and line.
            received: the content that breaks it.
            remedy: a clause that says what to do.
        Raises:
            ValueError: on_bad_document is "stop".
        """
        if self._config.on_bad_document == "stop":
            raise ValueError(
                f"{rule} Received: {place}: {received}. {remedy}, or pass "
                "--on_bad_document=skip to leave such documents out."
            )
        self._note("bad_documents", f"Left out: {place}: {received}.")

    def valid(self, text: str, place: str) -> str | None:
        """Returns the text as valid UTF-8, or None if it is left out.

        Args:
            text: may hold lone surrogates: escapes of JSON such as "\\ud800",
                or bytes that are not UTF-8, decoded by "surrogateescape".
            place: file and line.
        Raises:
            ValueError: it holds some, and invalid_utf8 is "error".
        """
        found = _SURROGATE.search(text)
        if not found:
            return text
        code = ord(found[0])
        if 0xDC80 <= code <= 0xDCFF:  # a byte, by "surrogateescape"
            self.invalid(f"{place}: byte {code - 0xDC00:#x}", _OTHER_ENCODING)
        else:
            self.invalid(f"{place}: \\u{code:04x}", _LONE)
        if self._config.invalid_utf8 == "skip":
            return None
        return _SURROGATE.sub("\ufffd", text)

    def invalid(self, place: str, wrong: str = _OTHER_ENCODING) -> None:
        """Counts invalid UTF-8, or raises an error.

        Args:
            place: file, line or byte, and its content.
            wrong: the fault and, as a clause, what to do.
        Raises:
            ValueError: invalid_utf8 is "error".
        """
        if self._config.invalid_utf8 == "error":
            raise ValueError(
                f"Text must be UTF-8. Received: {place}, {wrong}, or pass "
                "--invalid_utf8=replace or skip."
            )
        self._note("invalid_utf8", f"Not UTF-8: {place}.")

    def _note(self, kind: str, place: str) -> None:
        self.counts[kind] += 1
        if len(self.places) < NAMED_PLACES:
            self.places.append(place)


def report(places: Sequence[str], known: int) -> None:
    """Logs places of faults, as long as few are `known` already."""
    for place in places[: max(0, NAMED_PLACES - known)]:
        logging.warning("%s", place)
