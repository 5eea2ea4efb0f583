"""Makes the model of a tokenizer.json with a Unigram model; see unigram.py."""

import re
from collections.abc import Sequence
from typing import Any

from data_pipeline.text.pieces import protos
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import special_pieces
from data_pipeline.text.pieces import tokenizer_json
from data_pipeline.text.pieces import unigram

_UNDERLINE = sentencepieces.UNDERLINE
# A piece with a score this low must never be chosen: beside it, single floats
# could not tell the scores of other pieces apart.
_NEVER = -1e5


def make(
    vocabulary: bytes, special_names: Sequence[str | None] | None = None
) -> sentencepieces.SentencePieceModel:
    """Makes the model of a tokenizer.json.

    Args:
        vocabulary: the bytes of the file.
        special_names: names of special pieces, for special_pieces.find.

    Raises:
        ValueError: the file is not supported, or it is not clear which of its
            pieces are the special ones.
    """
    parsed = tokenizer_json.parse(vocabulary)
    scored = tokenizer_json.unigram_pieces(parsed)
    pieces = [piece for piece, _ in scored]
    unk_id = parsed["model"].get("unk_id")
    if not isinstance(unk_id, int) or not 0 <= unk_id < len(pieces):
        raise tokenizer_json.NotUnderstood("model.unk_id", unk_id)
    if _UNDERLINE not in pieces:  # unknown words would be joined
        raise tokenizer_json.NotUnderstood("model.vocab (piece missing)", "▁")
    specials = special_pieces.find(pieces, special_names, {"unk": unk_id})
    tokenizer_json.check_template(
        parsed, pieces[specials[2]], pieces[specials[3]]
    )
    tokens = _tokens(parsed, pieces, specials)
    byte_fallback = bool(parsed["model"].get("byte_fallback"))
    kinds = [
        _kind(i, piece, score, unk_id, specials, byte_fallback)
        for i, (piece, score) in enumerate(scored)
    ]
    rows = [
        (piece, score or 0.0, kind)
        for (piece, score), kind in zip(scored, kinds, strict=True)
    ]
    # A token that is also a piece may result from its characters, too.
    marks = {
        chr(unigram.FIRST_MARK + i): token for i, token in enumerate(tokens)
    }
    rows += [(mark, 0.0, protos.NORMAL) for mark in marks]
    return sentencepieces.SentencePieceModel(
        protos.unigram(rows, unk_id=unk_id, byte_fallback=byte_fallback),
        unigram.Normalizer(tokenizer_json.steps(parsed), tuple(tokens)),
        special_names=[pieces[i] for i in specials],
        prepared=True,
        marks={mark: pieces.index(token) for mark, token in marks.items()},
    )


def _tokens(
    parsed: dict[str, Any], pieces: Sequence[str], specials: Sequence[int]
) -> list[str]:
    """The added tokens that texts may yield."""
    tokens = []
    for token in tokenizer_json.added_tokens(parsed):
        number, text = token["id"], token["content"]
        if not 0 <= number < len(pieces) or pieces[number] != text:
            raise tokenizer_json.NotUnderstood("added_tokens", token)
        if number in specials:
            continue
        # Not supported: tokens that are matched after normalization, and those
        # that can overlap themselves, such as "...".
        begins = range(1, len(text))
        if token.get("normalized") or any(
            text.startswith(text[i:]) for i in begins
        ):
            raise tokenizer_json.NotUnderstood("added_tokens", token)
        tokens.append(text)
    return tokens


def _kind(
    i: int,
    piece: str,
    score: float | None,
    unk_id: int,
    specials: Sequence[int],
    byte_fallback: bool,
) -> int:
    if i == unk_id:
        return protos.UNKNOWN
    if i in specials:
        return protos.CONTROL
    if byte_fallback and re.fullmatch("<0x[0-9A-F]{2}>", piece):
        return protos.BYTE
    if _UNDERLINE in piece[1:] or score is None or score <= _NEVER:
        return protos.UNUSED
    return protos.NORMAL
