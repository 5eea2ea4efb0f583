"""In which script texts are written, which decides how metrics divide them."""

import collections
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

# Letters of scripts without spaces between words: kana; ideographs; Thai, Lao,
# Tibetan, Burmese and Khmer.
_KANA = "\u3040-\u30ff"
_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_OTHERS = "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff"
_SPACELESS = _KANA + _IDEOGRAPHS + _OTHERS
# Accents, and vowel signs of India's scripts, belong to words.
_SIGNS = "\u0300-\u036f\u0900-\u0dff"
_WORD = re.compile(rf"[{_SPACELESS}]|(?:(?![{_SPACELESS}])[^\W_]|[{_SIGNS}])+")
_LETTERS = {
    "kana": re.compile(f"[{_KANA}]"),
    "ideographs": re.compile(f"[{_IDEOGRAPHS}]"),
    "spaceless": re.compile(f"[{_SPACELESS}]"),
    "ascii": re.compile("[A-Za-z]"),
}
# From this share of the letters on, texts count as written without spaces.
_SHARE = 0.3
# The most kana in Chinese, as a share of letters without spaces.
_FEW = 0.05
# rouge-score's own words fit if nearly all letters are a to z.
_ASCII = 0.995
_MOST = 100_000


class Division(NamedTuple):
    """How metrics divide texts.

    Attributes:
        bleu: the tokenizer of sacrebleu: 13a for texts with spaces between
            words, zh for Chinese, char for other scripts without spaces.
        is_ascii: whether ROUGE counts words of a to z and 0 to 9, as
            rouge-score itself does, which drops all other characters. If not,
            it counts words of any letters, and each letter of a script
            without spaces.
    """

    bleu: str
    is_ascii: bool


def of(texts: Iterable[str]) -> Division:
    """The division that fits the first hundred thousand characters of texts.

    >>> of(["问题不是汤姆。"])
    Division(bleu='zh', is_ascii=False)
    """
    counts: collections.Counter[str] = collections.Counter()
    for text in texts:
        counts.update(text)
        if counts.total() > _MOST:
            break
    letters = {mark: n for mark, n in counts.items() if mark.isalpha()}
    total = sum(letters.values())
    number = {
        name: sum(n for mark, n in letters.items() if known.match(mark))
        for name, known in _LETTERS.items()
    }
    bleu = "13a"
    if total and number["spaceless"] >= _SHARE * total:
        is_chinese = (
            number["ideographs"] > number["spaceless"] / 2
            and number["kana"] <= _FEW * number["spaceless"]
        )
        bleu = "zh" if is_chinese else "char"
    return Division(bleu, number["ascii"] >= _ASCII * total)


def words(text: str) -> list[str]:
    """The words of a text in any script, lower-cased; in scripts without
    spaces, its letters.

    >>> words("Vous êtes là. 你好")
    ['vous', 'êtes', 'là', '你', '好']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text.lower()))
