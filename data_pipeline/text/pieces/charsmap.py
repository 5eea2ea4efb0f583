"""SentencePiece's table of characters, as the tokenizers library applies it.

The table lists strings of one or more characters and their replacements. The
library cuts a text into grapheme clusters. A cluster of several characters and
at most five bytes is replaced as a whole by the replacement of the shortest
listed string at its start; in other clusters, each character is looked up
alone. (SentencePiece itself takes the longest listed string at every position.)

Source: spm_precompiled, as in tokenizers 0.23.
"""

import functools
import re
import struct
import unicodedata

from data_pipeline.text.pieces import normalize

MAX_BYTES = 5  # for a cluster that is replaced as a whole


class Charsmap:
    """A table of characters.

    Args:
        blob: precompiled_charsmap of a SentencePiece model.

    Raises:
        ValueError: the blob is not such a table.
    """

    def __init__(self, blob: bytes) -> None:
        size = int.from_bytes(blob[:4], "little")
        if len(blob) < 4 or size % 4 or size > len(blob) - 4 or not size:
            raise ValueError(
                "precompiled_charsmap must be a table of SentencePiece. "
                f"Received: {len(blob)} bytes that are not one. Fetch or write "
                "the file again."
            )
        self._units = struct.unpack(f"<{size // 4}I", blob[4 : 4 + size])
        self._strings = blob[4 + size :]

    def character(self, char: str) -> str:
        """The replacement of a single character."""
        new = self._shortest(char)
        return char if new is None else new

    def lists(self, char: str) -> bool:
        """Whether the table lists a single character."""
        return self._shortest(char) is not None

    def cluster(self, text: str) -> str:
        """The replacement of a grapheme cluster, or the cluster itself."""
        if len(text) == 1 or len(text.encode()) > MAX_BYTES:
            return text
        new = self._shortest(text)
        return text if new is None else new

    def _shortest(self, text: str) -> str | None:
        """The replacement of the shortest listed string at the start of `text`.

        The strings are stored in a double-array trie, one unit for each byte.
        """
        units = self._units
        unit = units[0]
        at = _offset(unit)
        for byte in text.encode():
            at ^= byte
            if not byte or at >= len(units):
                return None
            unit = units[at]
            if unit & 0x800000FF != byte:
                return None
            at ^= _offset(unit)
            if unit >> 8 & 1:
                begin = units[at] & 0x7FFFFFFF
                end = self._strings.index(b"\0", begin)
                return self._strings[begin:end].decode()
        return None


def is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def joins(char: str) -> bool:
    """Whether a character belongs to the cluster of the one before it."""
    return is_mark(char) or char in "\u200c\u200d"


@functools.cache
def clusters() -> re.Pattern[str]:
    """Matches clusters of at least two characters."""
    return re.compile(
        rf"[^\x00-\x1f\x7f-\x9f][{normalize.characters_where(joins)}]+"
    )


def _offset(unit: int) -> int:
    return unit >> 10 << (unit >> 6 & 8)
