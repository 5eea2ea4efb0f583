"""Reads and writes SentencePiece models as protocol buffers.

This is written by hand, since the classes of the sentencepiece package require
one version of protobuf, and TensorFlow another. Field numbers:
sentencepiece_model.proto of google/sentencepiece.
"""

import struct
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator

import sentencepiece

# Types of pieces.
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

# Fields of ModelProto, and the fields of their messages that are used.
_PIECE, _TRAINER_SPEC, _NORMALIZER_SPEC = 1, 2, 3
_TEXT, _SCORE, _TYPE = 1, 2, 3
_MODEL_TYPE, _UNIGRAM = 3, 1
_WHITESPACE_AS_SUFFIX, _BYTE_FALLBACK = 24, 35
_UNK_ID, _BOS_ID, _EOS_ID, _PAD_ID = 40, 41, 42, 43
_NAME, _CHARSMAP = 1, 2
_ADD_DUMMY_PREFIX, _REMOVE_EXTRA_WHITESPACES, _ESCAPE_WHITESPACES = 3, 4, 5


def load(model: bytes) -> sentencepiece.SentencePieceProcessor:
    """Loads a SentencePiece model; raises ValueError if it is not one."""
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
    except RuntimeError as error:
        raise _not_a_model(model, str(error)) from error
    # No bytes at all are a valid message, but not a model.
    if not processor.get_piece_size():
        raise _not_a_model(model, "no pieces")
    return processor


def _not_a_model(model: bytes, reason: str) -> ValueError:
    return ValueError(
        "The vocabulary must be a SentencePiece model, such as ALBERT's "
        f"30k-clean.model. Received: {len(model)} bytes that SentencePiece "
        f"cannot read: {reason}. A WordPiece vocabulary must be named *.txt."
    )


def with_controls(model: bytes, ids: Collection[int]) -> bytes:
    """The model with these pieces as control symbols, which no text yields."""
    parts, at = [], 0
    for field, value, raw in _fields(model):
        if field == _PIECE:
            if at in ids:
                # If a field occurs twice, the last one counts.
                raw = _bytes(_PIECE, value + _int(_TYPE, CONTROL))
            at += 1
        parts.append(raw)
    return b"".join(parts)


def is_usual(model: bytes) -> bool:
    """Whether it is a Unigram model that writes a "▁" before every word, and
    one for any run of spaces."""
    trainer = _last(model, _TRAINER_SPEC)
    normalizer = _last(model, _NORMALIZER_SPEC)
    flags = (_ADD_DUMMY_PREFIX, _REMOVE_EXTRA_WHITESPACES, _ESCAPE_WHITESPACES)
    return (
        _last(trainer, _MODEL_TYPE) in (b"", _as_varint(_UNIGRAM))
        and _last(trainer, _WHITESPACE_AS_SUFFIX) in (b"", b"\0")
        and all(_last(normalizer, flag) != b"\0" for flag in flags)
    )


def charsmap(model: bytes) -> bytes:
    """The table of characters, or b"" if there is none."""
    return _last(_last(model, _NORMALIZER_SPEC), _CHARSMAP)


def unigram(
    pieces: Iterable[tuple[str, float, int]],
    *,
    unk_id: int,
    byte_fallback: bool,
) -> bytes:
    """Makes a Unigram model that does not normalize texts.

    Args:
        pieces: text, score and type of each piece.
        unk_id: id of the unknown piece.
        byte_fallback: whether unknown characters become pieces of bytes.
    """
    none = 2**64 - 1  # -1 as a varint
    message = [
        _bytes(
            _PIECE,
            _bytes(_TEXT, text.encode())
            + _key(_SCORE, 5)
            + struct.pack("<f", score)
            + _int(_TYPE, kind),
        )
        for text, score, kind in pieces
    ]
    trainer = _int(_MODEL_TYPE, _UNIGRAM) + _int(_BYTE_FALLBACK, byte_fallback)
    trainer += _int(_UNK_ID, unk_id)
    for field in (_BOS_ID, _EOS_ID, _PAD_ID):
        trainer += _int(field, none)
    normalizer = _bytes(_NAME, b"identity")
    normalizer += _int(_ADD_DUMMY_PREFIX, 0)
    normalizer += _int(_REMOVE_EXTRA_WHITESPACES, 0)
    message.append(_bytes(_TRAINER_SPEC, trainer))
    message.append(_bytes(_NORMALIZER_SPEC, normalizer))
    return b"".join(message)


def _last(message: bytes, field: int) -> bytes:
    """The last value of a field, which counts, or b"" if there is none."""
    found = b""
    for number, value, _ in _fields(message):
        if number == field:
            found = value
    return found


def _fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yields the number, the value and all bytes of each field."""
    at = 0
    while at < len(message):
        begin = at
        key, at = _varint(message, at)
        kind = key & 7
        if kind == 0:
            start = at
            _, at = _varint(message, at)
            value = message[start:at]
        elif kind == 2:
            size, at = _varint(message, at)
            value = message[at : at + size]
            at += size
        else:  # 1: 8 bytes, 5: 4 bytes
            size = 8 if kind == 1 else 4
            value = message[at : at + size]
            at += size
        yield key >> 3, value, message[begin:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _int(field: int, value: int) -> bytes:
    return _key(field, 0) + _as_varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _key(field, 2) + _as_varint(len(value)) + value


def _key(field: int, kind: int) -> bytes:
    return _as_varint(field << 3 | kind)


def _as_varint(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
