"""BERT's tokenizer: words, then WordPiece. ALBERT's Chinese models use it.

A text becomes words in this order:

1. U+FFFD and control characters go, but for tab, LF and CR;
2. every CJK ideograph becomes a word of its own;
3. the text is cut at white space;
4. only with `lower_case`: lower case, then NFD without nonspacing marks;
5. every punctuation mark becomes a word of its own.

Then the longest piece that begins the word is taken, again and again. Source:
google-research/albert, tokenization.BasicTokenizer and WordpieceTokenizer.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Sequence

from data_pipeline.text import normalize

MAX_WORD_CHARACTERS = 200  # longer words are [UNK]

# The blocks BERT calls Chinese. Kana and Hangul are not among them: Japanese
# and Korean words are cut at spaces only. U+2B820-2CEAF is CJK extension E.
_IDEOGRAPHS = (
    "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf\uf900-\ufaff"
    "\U0002f800-\U0002fa1f"
)


def is_removed(char: str) -> bool:
    """Step 1: categories Cc and Cf, and U+FFFD."""
    if char in "\t\n\r":
        return False
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cf")


def is_ideograph(char: str) -> bool:
    return re.match(f"[{_IDEOGRAPHS}]", char) is not None


def is_nonspacing(char: str) -> bool:
    return unicodedata.category(char) == "Mn"


def is_punctuation(char: str) -> bool:
    """Unicode punctuation, and all of ASCII but letters, digits and space."""
    if char.isascii():
        return char.isprintable() and not char.isalnum() and char != " "
    return unicodedata.category(char).startswith("P")


def strip_accents(text: str) -> str:
    """Step 4 after lower-casing: NFD without nonspacing marks."""
    return _nonspacing().sub("", unicodedata.normalize("NFD", text))


class WordPieceModel:
    """Text to WordPiece pieces, ids and offsets.

    Args:
        vocabulary: the bytes of a `vocab.txt`: UTF-8, one piece a line; the
            line number from 0 is the id.
        lower_case: whether step 4 runs.

    Attributes:
        pieces: all pieces; the index is the id.

    Raises:
        ValueError: the vocabulary is not UTF-8 or names a piece twice.
    """

    def __init__(self, vocabulary: bytes, *, lower_case: bool) -> None:
        self.pieces = _read_vocabulary(vocabulary)
        self._lower_case = lower_case
        self._ids = {piece: i for i, piece in enumerate(self.pieces)}

    def encode(self, text: str) -> list[int]:
        return [self._ids[piece] for piece in self.encode_as_pieces(text)]

    def encode_batch(
        self, texts: Iterable[str], num_threads: int
    ) -> list[list[int]]:
        del num_threads  # at most so many; this takes one
        return [self.encode(text) for text in texts]

    def encode_as_pieces(self, text: str) -> list[str]:
        return [
            piece
            for word in self.words(text).split()
            for piece, _, _ in self._cut(word)
        ]

    def encode_with_offsets(
        self, text: str
    ) -> tuple[list[int], list[tuple[int, int]]]:
        aligned = self.align(text)
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        for word in re.finditer(r"\S+", aligned.text):
            for piece, begin, end in self._cut(word.group()):
                first, last = word.start() + begin, word.start() + end - 1
                ids.append(self._ids[piece])
                offsets.append((aligned.starts[first], aligned.ends[last]))
        return ids, offsets

    def decode(self, ids: Sequence[int]) -> str:
        pieces = (self.pieces[i] for i in ids)
        hidden = {"[PAD]", "[CLS]", "[SEP]", "[MASK]"}
        text = " ".join(piece for piece in pieces if piece not in hidden)
        return text.replace(" ##", "")

    def words(self, text: str) -> str:
        """Steps 1 to 5; the words are separated by white space."""
        text = _removed().sub("", text)
        text = _ideographs().sub(r" \g<0> ", text)
        if self._lower_case:
            text = text.lower()
            if not text.isascii():
                text = strip_accents(text)
        return _punctuation().sub(r" \g<0> ", text)

    def align(self, text: str) -> normalize.Aligned:
        """`words`, aligned with the original text."""
        size = len(text)
        aligned = normalize.Aligned(
            text, list(range(size)), list(range(1, size + 1))
        )
        aligned = normalize.rewrite(
            aligned, ((*m.span(), "") for m in _removed().finditer(text))
        )
        aligned = _space_out(aligned, _ideographs())
        if self._lower_case:
            aligned = normalize.lower(aligned)
            aligned = normalize.rewrite(
                aligned, normalize.form_edits(aligned.text, strip_accents)
            )
        return _space_out(aligned, _punctuation())

    def _cut(self, word: str) -> list[tuple[str, int, int]]:
        """(piece, begin, end) of the longest pieces from the left."""
        if len(word) > MAX_WORD_CHARACTERS:
            return [("[UNK]", 0, len(word))]
        cuts: list[tuple[str, int, int]] = []
        begin = 0
        while begin < len(word):
            prefix = "##" if begin else ""
            for end in range(len(word), begin, -1):
                piece = prefix + word[begin:end]
                if piece in self._ids:
                    break
            else:
                return [("[UNK]", 0, len(word))]
            cuts.append((piece, begin, end))
            begin = end
        return cuts


def _space_out(
    aligned: normalize.Aligned, pattern: re.Pattern[str]
) -> normalize.Aligned:
    edits = (
        (*match.span(), f" {match.group()} ")
        for match in pattern.finditer(aligned.text)
    )
    return normalize.rewrite(aligned, edits)


@functools.cache
def _removed() -> re.Pattern[str]:
    return re.compile(f"[{normalize.characters_where(is_removed)}]+")


@functools.cache
def _nonspacing() -> re.Pattern[str]:
    return re.compile(f"[{normalize.characters_where(is_nonspacing)}]+")


@functools.cache
def _punctuation() -> re.Pattern[str]:
    return re.compile(f"[{normalize.characters_where(is_punctuation)}]")


@functools.cache
def _ideographs() -> re.Pattern[str]:
    return re.compile(f"[{_IDEOGRAPHS}]")


def _read_vocabulary(vocabulary: bytes) -> list[str]:
    try:
        lines = vocabulary.decode("utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(
            "A WordPiece vocabulary is UTF-8 text with one piece a line. "
            f"Received bytes that are not UTF-8: {error}. A SentencePiece "
            "model must not be named *.txt."
        ) from error
    # Like BERT: what stands after the first white space is a comment.
    pieces = [line.split()[0] if line.strip() else " " for line in lines]
    lines_of: dict[str, int] = {}
    for number, piece in enumerate(pieces, start=1):
        first = lines_of.setdefault(piece, number)
        if first != number:
            raise ValueError(
                "A WordPiece vocabulary names every piece once, because the "
                f"line is the id. Received {piece!r} on lines {first} and "
                f"{number}. Remove or rename one of them."
            )
    return pieces
