"""Cuts sources into blocks: a few megabytes of whole documents, undecoded.

A block is the unit of all work on text. Sources are cut by their bytes alone,
so a block has the same number and content in every process, and memory does not
grow with the corpus.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterator

from data_pipeline.corpora import text_config
from data_pipeline.corpora import text_sources
from data_pipeline.corpora.formats import json_text
from data_pipeline.corpora.formats import streams
from data_pipeline.corpora.formats import tfds_source
from data_pipeline.corpora.formats import wikipedia

# Maximum size of a piece that can be divided, and the size from which a block
# is full.
_PIECE_BYTES = 4 << 20
_FULL_BLOCK_BYTES = 2 << 20
# Maximum size of a JSON document or an article, which cannot be divided.
_LONGEST_UNIT = 256 << 20

_EMPTY_LINE = re.compile(rb"\n\s*\n")
_LINE_END = re.compile(rb"\n")
# Where a source may be cut, best places first; json_text cuts JSON other than
# JSON lines. If necessary, text is cut anywhere: a document without an end is
# processed in parts.
_BOUNDARIES = {
    "sentences": (_EMPTY_LINE, _LINE_END),
    "prose": (_EMPTY_LINE, _LINE_END),
    "jsonl": (_LINE_END,),
    "wikiextractor": (re.compile(rb"(?m)^</doc>\s*$"),),
    "wikipedia": (re.compile(rb"</page>"),),
}
_CAN_BE_DIVIDED = ("sentences", "prose")
# Bytes at the end of a file that show whether it is complete.
_TAIL = 1024


@dataclasses.dataclass(frozen=True)
class Piece:
    """Bytes of one source, cut between documents where possible.

    Attributes:
        name, format: as in `TextSource`.
        offset: position of the content in the decompressed file; in TFDS, the
            number of the example.
        content: the bytes.
        line: line of the file where the content begins, from 1.
    """

    name: str
    format: str
    offset: int
    content: bytes
    line: int = 1


@dataclasses.dataclass(frozen=True)
class Block:
    """Consecutive pieces, identified by (group, number)."""

    group: int
    number: int
    pieces: tuple[Piece, ...]

    def digest(self, config: text_config.TextConfig) -> str:
        """Hex digest of the content of the block and of how to read it."""
        how = (
            config.text_field,
            config.invalid_utf8,
            config.on_bad_document,
        )
        digest = hashlib.blake2b(repr(how).encode(), digest_size=12)
        for piece in self.pieces:
            head = (piece.name, piece.format, piece.offset, len(piece.content))
            digest.update(repr(head).encode() + piece.content)
        return digest.hexdigest()


def cut(
    group: int,
    members: list[text_sources.TextSource],
    config: text_config.TextConfig,
) -> Iterator[tuple[Block, int]]:
    """Cuts a group of sources into blocks of 2 to 6 MB.

    Yields:
        A block, and the number of bytes of the sources read for it, which
        measures progress.
    """
    number = size = done = 0
    pieces: list[Piece] = []
    for source in members:
        before = 0
        for piece, position in _pieces(source, config):
            pieces.append(piece)
            size += len(piece.content)
            done += position - before
            before = position
            if size >= _FULL_BLOCK_BYTES:
                yield Block(group, number, tuple(pieces)), done
                number, size, done, pieces = number + 1, 0, 0, []
    if pieces:
        yield Block(group, number, tuple(pieces)), done


def _pieces(
    source: text_sources.TextSource, config: text_config.TextConfig
) -> Iterator[tuple[Piece, int]]:
    """Yields pieces of a source, and the number of bytes read so far."""
    if source.format == "tfds":
        read = 0
        texts = tfds_source.texts(
            config.tfds,
            config.tfds_split,
            config.tfds_data_dir,
            config.text_field,
            subsplit=source.subsplit,
            num_subsplits=source.num_subsplits,
        )
        name = f"{source.name}:{source.subsplit}"
        for number, text in enumerate(texts):
            read += len(text)
            yield Piece(name, "tfds", number, text), read
        return
    yield from _pieces_of_file(source)


def _pieces_of_file(
    source: text_sources.TextSource,
) -> Iterator[tuple[Piece, int]]:
    offset, line, position, rest = 0, 1, 0, bytearray()
    start = tail = b""
    wanted = _PIECE_BYTES
    for chunk, position in streams.chunks(source.name):
        start = start or chunk[:_TAIL]
        tail = (tail + chunk)[-_TAIL:]
        rest += chunk
        while len(rest) >= wanted:
            end = _where_to_cut(rest, source, offset)
            if not end:
                # Examined again once it has doubled.
                wanted = min(2 * len(rest), _LONGEST_UNIT + 1)
                break
            content = bytes(rest[:end])
            yield (
                Piece(source.name, source.format, offset, content, line),
                position,
            )
            offset += end
            line += content.count(b"\n")
            del rest[:end]
            wanted = _PIECE_BYTES
    _check_end(source, start, tail)
    if rest:
        content = bytes(rest)
        yield Piece(source.name, source.format, offset, content, line), position


def _check_end(
    source: text_sources.TextSource, start: bytes, tail: bytes
) -> None:
    """Raises ValueError if a file ends before it should."""
    if source.format == "wikipedia" and wikipedia.END.encode() not in tail:
        raise ValueError(
            f"A dump, and each of its parts, must end with {wikipedia.END}. "
            f"Received: {source.name}, which was cut short. Fetch it again; "
            "or, if you cut it on purpose, add that line to it."
        )
    is_array = source.format == "json" and json_text.is_array(start)
    if is_array and not json_text.closes_array(tail):
        raise ValueError(
            "A JSON array must end with ]. Received: "
            f"{source.name}, which was cut short. Fetch or make it again."
        )


def _where_to_cut(
    content: bytearray, source: text_sources.TextSource, offset: int
) -> int:
    """The end of the last complete document; 0 if more must be read first."""
    if source.format == "json":
        end = json_text.last_end(content, offset)
    else:
        end = _last_boundary(content, source.format)
    if end:
        return end
    if source.format in _CAN_BE_DIVIDED:
        end = len(content) - 1
        while end > len(content) - 4 and content[end] & 0xC0 == 0x80:
            end -= 1  # not inside a character
        return end
    if len(content) > _LONGEST_UNIT:
        raise ValueError(
            f"A document of format {source.format} is held in memory and so "
            f"must be at most {_LONGEST_UNIT >> 20} MB. Received: "
            f"{source.name} with a longer one. Check --input_format."
        )
    return 0


def _last_boundary(content: bytearray, format: str) -> int:
    for boundary in _BOUNDARIES[format]:
        # The last 64 KB are nearly always enough.
        for start in (max(0, len(content) - (64 << 10)), 0):
            ends = [m.end() for m in boundary.finditer(content, start)]
            if ends:
                return ends[-1]
    return 0
