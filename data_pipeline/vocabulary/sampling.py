"""A uniform sample of a stream of text of any length, in bounded memory."""

import hashlib
from collections.abc import Iterator

# Share of the sample that is kept each time it exceeds its bound.
_CUT = 0.8


def fraction(data: bytes, seed: int) -> float:
    """A number in [0, 1) that is a hash of the data and the seed."""
    key = seed.to_bytes(8, "little", signed=True)
    digest = hashlib.blake2b(data, digest_size=8, key=key).digest()
    return int.from_bytes(digest, "little") / 2**64


class Sample:
    """Keeps the texts whose `fraction` is below a limit.

    The limit starts at 1 and is lowered each time the sample exceeds its
    bound. The final sample does not depend on the order of the texts, and takes
    about 80% of the bound or more if the stream is long enough. Equal texts are
    kept or left out together.

    Args:
        max_bytes: maximum size of the texts in UTF-8, with one more byte for
            each, as in a file of lines.
        seed: seed of the hash; different seeds give independent samples.

    Attributes:
        limit: the share of the texts that is kept, from 0 to 1.
        num_bytes: size of the texts that are kept.
    """

    def __init__(self, max_bytes: int, seed: int) -> None:
        self._max_bytes = max_bytes
        self._seed = seed
        # Bytes rather than str: a single "–" would double the size of a str.
        self._kept: list[bytes] = []
        self.limit = 1.0
        self.num_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, text: str) -> None:
        data = text.encode(errors="replace")
        if fraction(data, self._seed) >= self.limit:
            return
        self._kept.append(data)
        self.num_bytes += len(data) + 1
        while self.num_bytes > self._max_bytes:
            self._lower_limit()

    def drain(self) -> Iterator[str]:
        """Yields the texts in sorted order, and releases each."""
        self._kept.sort(reverse=True)
        self.num_bytes = 0
        while self._kept:
            yield self._kept.pop().decode()

    def _lower_limit(self) -> None:
        self.limit *= _CUT
        # Hashing again takes 1 microsecond; storing hashes, 40 bytes each.
        self._kept = [
            data
            for data in self._kept
            if fraction(data, self._seed) < self.limit
        ]
        self.num_bytes = sum(map(len, self._kept)) + len(self._kept)


def split_long(text: str, max_bytes: int) -> list[str]:
    """Splits text into parts of at most `max_bytes` of UTF-8, at spaces if any.

    split_long("four and twenty", 8) == ["four and", "twenty"]

    Args:
        text: stripped text.
        max_bytes: at least 4, the size of the longest character.
    """
    if len(text) * 4 <= max_bytes:
        return [text]
    data = text.encode(errors="replace")
    parts = []
    start = 0
    while start < len(data):
        stop = start + max_bytes
        if stop < len(data):
            space = data.rfind(b" ", start, stop + 1)
            # Where there is no space, as in Chinese, cut between characters.
            stop = space if space > start else _character_start(data, stop)
        parts.append(data[start:stop].decode())
        start = stop + (data[stop : stop + 1] == b" ")
    return parts


def _character_start(data: bytes, at: int) -> int:
    """The last position up to `at` where a UTF-8 character begins."""
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return at
