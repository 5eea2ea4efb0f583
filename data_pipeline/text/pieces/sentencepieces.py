"""SentencePiece with ALBERT's digit-comma rule.

The rule: a piece of two or more characters that ends in a digit and a comma
is encoded again without the comma and without "▁", and the comma becomes a
piece of its own. SentencePiece begins every text with a "▁" of its own; the
rule removes it again if the piece had none:

    "▁1984,"  ->  "▁1984" ","
    "5,"      ->  "5" ","         intended: the inserted "▁" is removed
    "5,"      ->  "▁5" ","        google_py3: it stays

In the released code, the removal never runs. Under Python 3, it compares text
with bytes (google-research/albert#85), and under Python 2 (by reading the code)
one byte with the three bytes of "▁". So the published models may well have been
trained on the google_py3 form.
"""

import itertools
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import protos
from data_pipeline.text.pieces import special_pieces

UNDERLINE = "\u2581"  # "▁", SentencePiece's mark for a space


class Normalizer(Protocol):
    """Normalizes a text before it is cut into pieces."""

    def __call__(self, text: str) -> str: ...

    def with_offsets(self, text: str) -> normalize.Aligned: ...


class SentencePieceModel:
    """Normalized text to pieces, ids and offsets.

    Args:
        model: the bytes of a `.model` file.
        normalizer: applied to every text first.
        keep_inserted_underline: the google_py3 form of the digit-comma rule.
        split_commas: whether there is a digit-comma rule.
        special_names: names of special pieces, for special_pieces.find.
        prepared: whether the normalizer writes every "▁" itself, and there is
            no digit-comma rule.
        marks: the last pieces of the model, if they are other texts for earlier
            pieces, with the ids of those.

    Attributes:
        model: as given, with the special pieces as control symbols, whatever
            their type was, so no text yields one, not even "[CLS]".
        normalizer, is_prepared: as given.
        pieces: all V pieces; the index is the id.
        special_ids: ids of the special pieces, as in special_pieces.ROLES.
        size: V, plus the number of marks.
        expansions: the digit-comma rule and the marks as a table, piece id ->
            ids. The rule looks at one piece at a time (141 of ALBERT's 30,000).
        table_is_complete: whether no unknown piece can end in a comma;
            otherwise the rule is applied to every text.

    Raises:
        ValueError: the bytes are not a SentencePiece model, or it is not clear
            which of its pieces are the special ones.
    """

    def __init__(
        self,
        model: bytes,
        normalizer: Normalizer,
        *,
        keep_inserted_underline: bool = False,
        split_commas: bool = True,
        special_names: Sequence[str | None] | None = None,
        prepared: bool = False,
        marks: Mapping[str, int] | None = None,
    ) -> None:
        self.model = model
        self._processor = protos.load(model)
        self.normalizer = normalizer
        self._keep_inserted_underline = keep_inserted_underline
        self._split_commas = split_commas and not prepared
        marks = dict(marks or {})
        self.size = size = self._processor.get_piece_size()
        self._texts = [self._processor.id_to_piece(i) for i in range(size)]
        self.pieces = self._texts[: size - len(marks)]
        self._unk_id = self._processor.unk_id()
        self.special_ids = special_pieces.find(
            self.pieces,
            special_names,
            {
                "pad": self._processor.pad_id(),
                "unk": self._unk_id,
                "bos": self._processor.bos_id(),
                "eos": self._processor.eos_id(),
            },
        )
        plain = {
            i
            for i in self.special_ids
            if i != self._unk_id and not self._processor.is_control(i)
        }
        if plain:
            self.model = protos.with_controls(model, plain)
            self._processor = protos.load(self.model)
        self._byte_ids = frozenset(
            i for i in range(size) if self._processor.is_byte(i)
        )
        # Without the control symbols: cased text "[CLS]" can come back as one
        # run of unknown letters, which must not be taken for the real [CLS].
        self._ids = {
            piece: i
            for i, piece in enumerate(self.pieces)
            if i != self._unk_id and not self._processor.is_control(i)
        }
        self._written = {ord(mark): self.pieces[i] for mark, i in marks.items()}
        self.expansions = {
            i: [
                self._ids.get(part, self._unk_id) for part in self._split(piece)
            ]
            for piece, i in self._ids.items()
            if self._split_commas and _ends_in_digit_comma(piece)
        }
        self._ids.update(marks)
        self.expansions.update(
            (len(self.pieces) + i, [piece_id])
            for i, piece_id in enumerate(marks.values())
        )
        self._expanding = frozenset(self.expansions)
        self.is_prepared = prepared
        self.table_is_complete = self._comma_leaves_unknowns()

    def encode(self, text: str) -> list[int]:
        # A batch of one would start a thread and take 3 times as long.
        line = self.normalizer(text)
        if not self.table_is_complete:
            return self._piece_ids(self._pieces(line))
        return self._expand(self._processor.encode(line, out_type=int))

    def encode_batch(
        self, texts: Iterable[str], num_threads: int
    ) -> list[list[int]]:
        lines = [self.normalizer(text) for text in texts]
        if not self.table_is_complete:
            return [self._piece_ids(self._pieces(line)) for line in lines]
        batch = self._processor.encode(
            lines, out_type=int, num_threads=num_threads
        )
        return [self._expand(ids) for ids in batch]

    def encode_as_pieces(self, text: str) -> list[str]:
        pieces = self._pieces(self.normalizer(text))
        return [piece.translate(self._written) for piece in pieces]

    def encode_with_offsets(
        self, text: str
    ) -> tuple[list[int], list[tuple[int, int]]]:
        aligned = self.align(text)
        pieces = self._pieces(aligned.text)
        ids = self._piece_ids(pieces)
        # The pieces joined are SentencePiece's own normalized text, except for
        # "▁" that the digit-comma rule removes or inserts. So without any "▁",
        # both are the same characters, and one pass aligns them.
        normalized, begins = self._processor.normalize(
            aligned.text, with_offsets=True
        )
        visible = [i for i, c in enumerate(normalized) if c != UNDERLINE]
        offsets: list[tuple[int, int]] = []
        at = 0
        for piece, piece_id in zip(pieces, ids, strict=True):
            length = self._length(piece, piece_id)
            if not length and piece_id in self._byte_ids:
                offsets.append(offsets[-1])  # a later byte of one character
                continue
            start = len(text)  # nothing follows
            if at < len(visible):
                start = aligned.starts[begins[visible[at]]]
            if not length:
                offsets.append((start, start))  # before what follows
                continue
            at += length
            end = _end(begins, visible[at - 1], len(aligned.text))
            offsets.append((start, aligned.ends[end - 1]))
        assert at == len(visible), (at, len(visible), pieces)
        return ids, offsets

    def align(self, text: str) -> normalize.Aligned:
        """The normalized text, before SentencePiece sees it."""
        return self.normalizer.with_offsets(text)

    def decode(self, ids: Sequence[int]) -> str:
        text = self._processor.decode(list(ids))
        return text.removeprefix(" ") if self.is_prepared else text

    def is_unknown(self, piece_id: int) -> bool:
        return self._processor.is_unknown(piece_id)

    def _pieces(self, normalized: str) -> list[str]:
        pieces: list[str] = []
        for piece in self._processor.encode(normalized, out_type=str):
            if self._split_commas and _ends_in_digit_comma(piece):
                pieces += self._split(piece)
            else:
                pieces.append(piece)
        return pieces

    def _split(self, piece: str) -> list[str]:
        bare = piece[:-1].replace(UNDERLINE, "")
        parts = self._processor.encode(bare, out_type=str)
        inserted = not piece.startswith(UNDERLINE) and parts[0].startswith(
            UNDERLINE
        )
        if inserted and not self._keep_inserted_underline:
            first = parts[0][1:]
            parts = [first, *parts[1:]] if first else parts[1:]
        return [*parts, ","]

    def _piece_ids(self, pieces: Iterable[str]) -> list[int]:
        return [self._ids.get(piece, self._unk_id) for piece in pieces]

    def _expand(self, ids: list[int]) -> list[int]:
        if self._expanding.isdisjoint(ids):
            return ids
        return list(
            itertools.chain.from_iterable(
                self.expansions.get(i, (i,)) for i in ids
            )
        )

    def _comma_leaves_unknowns(self) -> bool:
        """Whether no unknown piece can end in a comma that is to be cut off.

        An unknown piece is a run of characters that are in no piece. If "," is
        a piece, it ends such a run, so the rule never sees an unknown piece and
        the table is complete. Otherwise ("," is not in the vocabulary, or the
        model cuts at spaces only) the texts of pieces are needed.
        """
        known = set("".join(self.pieces))
        stranger = next(
            char
            for char in map(chr, range(0xE000, 0xF900))
            if char not in known
        )
        last = self._processor.encode(f"{stranger},", out_type=str)[-1]
        return last == "," or not self._split_commas

    def is_split(self, piece_id: int) -> bool:
        """Whether the digit-comma rule turns it into several pieces."""
        return piece_id in self.expansions and piece_id < len(self.pieces)

    def visible_length(self, piece_id: int) -> int:
        """How many characters a piece stands for, without spaces; 1 for the
        unknown piece, which may stand for more."""
        if self.is_unknown(piece_id):
            return 1
        return self._length(self._texts[piece_id], piece_id)

    def unseen(self) -> tuple[frozenset[str], frozenset[str]]:
        """Characters that SentencePiece's own normalization removes, and those
        that it turns into spaces."""
        chars = list(map(chr, normalize.ASSIGNED))
        lines = self._processor.normalize([f".{char}." for char in chars])
        made = [line.strip(UNDERLINE)[1:-1] for line in lines]
        pairs = [*zip(chars, made, strict=True)]
        return (
            frozenset(char for char, new in pairs if not new),
            frozenset(char for char, new in pairs if new == UNDERLINE),
        )

    def score(self, piece_id: int) -> float:
        return self._processor.get_score(piece_id)

    def is_byte(self, piece_id: int) -> bool:
        return piece_id in self._byte_ids

    def _length(self, piece: str, piece_id: int) -> int:
        if piece_id in self._byte_ids:
            # "<0xE3>": only the first UTF-8 byte of a character counts; later
            # ones are 0x80 to 0xBF.
            return 0 if 0x80 <= int(piece[3:5], 16) < 0xC0 else 1
        return len(piece) - piece.count(UNDERLINE)


def _end(begins: Sequence[int], i: int, size: int) -> int:
    """Where the source of normalized character i ends.

    Characters made from the same one ("½") begin at the same position and end
    together, where the next one begins.
    """
    for later in range(i + 1, len(begins)):
        if begins[later] > begins[i]:
            return begins[later]
    return size


def _ends_in_digit_comma(piece: str) -> bool:
    return len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()
