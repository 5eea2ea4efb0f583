"""A SentencePiece model as tokenizer.json, which transformers runs as it is.

Left to itself transformers 5 makes a tokenizer of spiece.model that gives other
ids: it cuts out symbols of the vocabulary such as "." before it looks at words,
and loses the "▁" in front of them ("journey ." becomes "▁journey" "." where
the model was trained with "▁journey" "▁" "."). On SST-2's 872 dev sentences
843 differ; with this file none does.
"""

import base64

import sentencepiece

_SPECIAL = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")
# Of a piece that no text shall give: below any sum of others.
_NEVER = -1e6
# Fields of SentencePiece's ModelProto and of its NormalizerSpec.
_NORMALIZER_SPEC = 3
_CHARSMAP = 2


def to_json(
    vocabulary: bytes,
    *,
    lower_case: bool,
    keep_accents: bool,
    rewrite_quotes: bool,
) -> dict:
    """The content of tokenizer.json.

    ALBERT's rule that a comma after a digit is a piece of its own becomes a
    score: pieces that end in both are never taken.

    Args:
        vocabulary: the bytes of a SentencePiece model.
        lower_case, keep_accents: what happens to text.
        rewrite_quotes: whether `` and '' become ".
    """
    model = sentencepiece.SentencePieceProcessor(model_proto=vocabulary)
    pieces = [model.id_to_piece(i) for i in range(model.get_piece_size())]
    scores = [
        _NEVER if _ends_in_digit_comma(piece) else model.get_score(i)
        for i, piece in enumerate(pieces)
    ]
    ids = {piece: pieces.index(piece) for piece in _SPECIAL}
    underline = {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": "always",
        "split": True,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": piece,
                "single_word": False,
                # "a [MASK] b": the space before it is no piece of its own.
                "lstrip": piece == "[MASK]",
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for piece, number in sorted(ids.items(), key=lambda item: item[1])
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": _normalizers(
                vocabulary, lower_case, keep_accents, rewrite_quotes
            ),
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "WhitespaceSplit"}, underline],
        },
        "post_processor": _template(ids),
        "decoder": underline,
        "model": {
            "type": "Unigram",
            "unk_id": ids["<unk>"],
            "vocab": [list(row) for row in zip(pieces, scores, strict=True)],
            "byte_fallback": any(map(model.is_byte, range(len(pieces)))),
        },
    }


def _normalizers(vocabulary, lower_case, keep_accents, rewrite_quotes):
    steps = []
    if rewrite_quotes:
        steps += [
            {"type": "Replace", "pattern": {"String": old}, "content": '"'}
            for old in ("``", "''")
        ]
    if not keep_accents:
        steps += [{"type": "NFKD"}, {"type": "StripAccents"}]
    if lower_case:
        steps.append({"type": "Lowercase"})
    charsmap = _field(_field(vocabulary, _NORMALIZER_SPEC), _CHARSMAP)
    if charsmap:
        text = base64.b64encode(charsmap).decode()
        steps.append({"type": "Precompiled", "precompiled_charsmap": text})
    return steps


def _template(ids: dict[str, int]) -> dict:
    """[CLS] a [SEP], or [CLS] a [SEP] b [SEP]."""

    def special(piece, segment):
        return {"SpecialToken": {"id": piece, "type_id": segment}}

    def text(name, segment):
        return {"Sequence": {"id": name, "type_id": segment}}

    single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special("[SEP]", 1)],
        "special_tokens": {
            piece: {"id": piece, "ids": [ids[piece]], "tokens": [piece]}
            for piece in ("[CLS]", "[SEP]")
        },
    }


def _field(message: bytes, wanted: int) -> bytes:
    """The last value of a length-delimited field of a protocol buffer; b"" if
    there is none. SentencePiece shows this one nowhere else."""
    found, at = b"", 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(message, at)
        elif kind == 2:
            size, at = _varint(message, at)
            if tag >> 3 == wanted:
                found = message[at : at + size]
            at += size
        else:  # 1: 8 bytes, 5: 4 bytes
            at += 8 if kind == 1 else 4
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _ends_in_digit_comma(piece: str) -> bool:
    return len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()
