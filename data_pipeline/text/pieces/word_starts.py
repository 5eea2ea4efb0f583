"""Finds the pieces that begin a word, for whole-word masking.

Source: google-research/albert, create_pretraining_data.py,
_is_start_piece_sp and _is_start_piece_bert.
"""

import string
from collections.abc import Sequence

import numpy as np

from data_pipeline.text.pieces import sentencepieces

# Google's list: a piece of only these characters continues the word before it.
# The marks ' < = > are not on the list, so "?'" begins a word.
_CONTINUING = frozenset(string.ascii_letters + string.punctuation) - set("'<=>")


def word_starts(pieces: Sequence[str], kind: str) -> np.ndarray:
    """bool [V], for V pieces of a "sentencepiece" or "wordpiece" vocabulary.

    begins a word    ▁the  <unk>  ,  5  1984  €  é  ' ?'
    continues one    ing   [CLS]  ),  --
    """
    if kind == "wordpiece":
        starts = [not piece.startswith("##") for piece in pieces]
    else:
        starts = [_starts_word(piece) for piece in pieces]
    return np.array(starts, dtype=bool)


def _starts_word(piece: str) -> bool:
    # Digits and letters beyond a-z always begin a word: Google masks each piece
    # of a number or a foreign word separately.
    return (
        piece.startswith((sentencepieces.UNDERLINE, "<"))
        or piece in string.punctuation
        or not _CONTINUING.issuperset(piece)
    )
