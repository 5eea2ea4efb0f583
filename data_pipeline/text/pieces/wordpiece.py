"""BERT's tokenizer: words, then WordPiece. ALBERT's Chinese models use it.

A text becomes words in this order:

1. U+FFFD and control characters are removed, except tab, LF and CR;
2. every CJK ideograph becomes a word of its own;
3. the text is cut at white space;
4. words are lower-cased, then turned into NFD without nonspacing marks;
5. every punctuation mark becomes a word of its own.

Then each word is cut, from left to right, into the longest pieces that match.
Source: google-research/albert, tokenization.BasicTokenizer and
WordpieceTokenizer.

Rules.huggingface follows transformers' BertTokenizer: private-use characters
are removed, too; U+2B820-2B91F are not ideographs; a capital sigma becomes σ at
the end of a word as well; and words of more than 100 characters are unknown,
instead of more than 200. Transformers' tables follow an older version of
Unicode than Python's, so some marks and punctuation of rare scripts are letters
there.
"""

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Sequence

from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import special_pieces

# The blocks that BERT calls Chinese. Kana and Hangul are not among them, so
# Japanese and Korean words are cut at spaces only. U+2B820-2CEAF is CJK
# extension E.
_IDEOGRAPHS = (
    "\u4e00-\u9fff\u3400-\u4dbf\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf\uf900-\ufaff"
    "\U0002f800-\U0002fa1f"
)
# Marks between ideographs: CJK punctuation and full-width forms.
_WIDE_MARKS = "\u3001-\u303f\uff01-\uff65"

_NO_IDEOGRAPHS_THERE = range(0x2B820, 0x2B920)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rules:
    """How a text becomes words.

    Args:
        lower_case, strip_accents: whether the parts of step 4 run.
        split_ideographs: whether step 2 runs.
        huggingface: whether to follow transformers, see above.
    """

    lower_case: bool = True
    strip_accents: bool = True
    split_ideographs: bool = True
    huggingface: bool = False

    @property
    def max_word_characters(self) -> int:
        """Longer words are unknown."""
        return 100 if self.huggingface else 200

    @property
    def finds_final_sigmas(self) -> bool:
        return self.lower_case and not self.huggingface

    @property
    def unspaced(self) -> tuple[str, ...]:
        """Patterns of characters with a space that no text has there. Each is
        to be replaced by its group, one pattern after the other.

        Steps 2 and 5 put spaces around ideographs and their punctuation.
        """
        if not self.split_ideographs:
            return ()
        wide = f"[{_IDEOGRAPHS}{_WIDE_MARKS}]"
        return f"({wide}) ", f" ({wide})"

    def removes(self, char: str) -> bool:
        """Step 1: categories Cc and Cf, and U+FFFD."""
        if char in "\t\n\r":
            return False
        removed = ("Cc", "Cf", "Co") if self.huggingface else ("Cc", "Cf")
        return char == "\ufffd" or unicodedata.category(char) in removed

    def splits(self, char: str) -> bool:
        """Step 2."""
        if not self.split_ideographs or (
            self.huggingface and ord(char) in _NO_IDEOGRAPHS_THERE
        ):
            return False
        return re.match(f"[{_IDEOGRAPHS}]", char) is not None

    def lower(self, text: str) -> str:
        if self.huggingface:
            text = text.replace("\u03a3", "\u03c3")
        return text.lower()


def is_nonspacing(char: str) -> bool:
    return unicodedata.category(char) == "Mn"


def is_punctuation(char: str) -> bool:
    """Unicode punctuation, and all of ASCII except letters, digits, space."""
    if char.isascii():
        return char.isprintable() and not char.isalnum() and char != " "
    return unicodedata.category(char).startswith("P")


def strip_accents(text: str) -> str:
    """The second part of step 4: NFD without nonspacing marks."""
    return _nonspacing().sub("", unicodedata.normalize("NFD", text))


class WordPieceModel:
    """Text to WordPiece pieces, ids and offsets.

    Args:
        vocabulary: the bytes of a `vocab.txt`: UTF-8, one piece per line; the
            line number, from 0, is the id.
        rules: how a text becomes words.
        special_names: names of special pieces, for special_pieces.find.

    Attributes:
        pieces: all pieces; the index is the id.
        rules: as given.
        special_ids: ids of the special pieces, in the order of
            special_pieces.ROLES.

    Raises:
        ValueError: the vocabulary is not UTF-8, names a piece twice, or it is
            not clear which of its pieces are the special ones.
    """

    def __init__(
        self,
        vocabulary: bytes,
        rules: Rules,
        special_names: Sequence[str | None] | None = None,
    ) -> None:
        self.pieces = _read_vocabulary(vocabulary)
        self.rules = rules
        self.special_ids = special_pieces.find(self.pieces, special_names)
        _, self._unk_id, *_ = self.special_ids
        # Without the special pieces, which no text yields.
        self._ids = {
            piece: i
            for i, piece in enumerate(self.pieces)
            if i not in self.special_ids
        }

    def encode(self, text: str) -> list[int]:
        return [
            piece_id
            for word in self.words(text).split()
            for piece_id, _, _ in self._cut(word)
        ]

    def encode_batch(
        self, texts: Iterable[str], num_threads: int
    ) -> list[list[int]]:
        del num_threads  # a maximum; this uses one
        return [self.encode(text) for text in texts]

    def encode_as_pieces(self, text: str) -> list[str]:
        return [self.pieces[piece_id] for piece_id in self.encode(text)]

    def encode_with_offsets(
        self, text: str
    ) -> tuple[list[int], list[tuple[int, int]]]:
        aligned = self.align(text)
        ids: list[int] = []
        offsets: list[tuple[int, int]] = []
        for word in re.finditer(r"\S+", aligned.text):
            for piece_id, begin, end in self._cut(word.group()):
                first, last = word.start() + begin, word.start() + end - 1
                ids.append(piece_id)
                offsets.append((aligned.starts[first], aligned.ends[last]))
        return ids, offsets

    def decode(self, ids: Sequence[int]) -> str:
        hidden = {*self.special_ids} - {self._unk_id}
        text = " ".join(self.pieces[i] for i in ids if i not in hidden)
        text = text.replace(" ##", "")
        for pattern in self.rules.unspaced:
            text = re.sub(pattern, r"\1", text)
        return text

    def words(self, text: str) -> str:
        """Steps 1 to 5; the words are separated by white space."""
        rules = self.rules
        text = _removed(rules).sub("", text)
        text = _ideographs(rules).sub(r" \g<0> ", text)
        if rules.lower_case:
            text = rules.lower(text)
        if rules.strip_accents and not text.isascii():
            text = strip_accents(text)
        return _punctuation().sub(r" \g<0> ", text)

    def align(self, text: str) -> normalize.Aligned:
        """`words`, aligned with the original text."""
        rules = self.rules
        size = len(text)
        aligned = normalize.Aligned(
            text, list(range(size)), list(range(1, size + 1))
        )
        aligned = normalize.rewrite(
            aligned, ((*m.span(), "") for m in _removed(rules).finditer(text))
        )
        aligned = _space_out(aligned, _ideographs(rules))
        if rules.lower_case:
            aligned = normalize.lower(aligned, rules.lower)
        if rules.strip_accents:
            aligned = normalize.rewrite(
                aligned, normalize.form_edits(aligned.text, strip_accents)
            )
        return _space_out(aligned, _punctuation())

    def _cut(self, word: str) -> list[tuple[int, int, int]]:
        """(id, begin, end) of the longest pieces that match, from the left."""
        unknown = [(self._unk_id, 0, len(word))]
        if len(word) > self.rules.max_word_characters:
            return unknown
        cuts: list[tuple[int, int, int]] = []
        begin = 0
        while begin < len(word):
            prefix = "##" if begin else ""
            for end in range(len(word), begin, -1):
                piece_id = self._ids.get(prefix + word[begin:end])
                if piece_id is not None:
                    break
            else:
                return unknown
            cuts.append((piece_id, begin, end))
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
def _removed(rules: Rules) -> re.Pattern[str]:
    classes = normalize.characters_where(rules.removes)
    if rules.huggingface:
        classes += "\U000f0000-\U0010ffff"  # for private use
    return re.compile(f"[{classes}]+")


@functools.cache
def _nonspacing() -> re.Pattern[str]:
    return re.compile(f"[{normalize.characters_where(is_nonspacing)}]+")


@functools.cache
def _punctuation() -> re.Pattern[str]:
    return re.compile(f"[{normalize.characters_where(is_punctuation)}]")


@functools.cache
def _ideographs(rules: Rules) -> re.Pattern[str]:
    classes = normalize.characters_where(rules.splits)
    return re.compile(f"[{classes}]" if classes else r"(?!)")


def _read_vocabulary(vocabulary: bytes) -> list[str]:
    try:
        text = vocabulary.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            "A WordPiece vocabulary must be UTF-8 text, one piece per line. "
            f"Received: bytes that are not UTF-8: {error}. A SentencePiece "
            "model must not be named *.txt."
        ) from error
    lines = text.removesuffix("\n").split("\n")
    # As in BERT, text after the first white space is a comment.
    pieces = [line.split()[0] if line.strip() else " " for line in lines]
    lines_of: dict[str, int] = {}
    for number, piece in enumerate(pieces, start=1):
        first = lines_of.setdefault(piece, number)
        if first != number:
            raise ValueError(
                "A WordPiece vocabulary must name every piece once, because "
                f"the line is the id. Received: {piece!r} on lines {first} and "
                f"{number}. Remove or rename one of them."
            )
    return pieces
