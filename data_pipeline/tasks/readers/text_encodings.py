"""The encoding of a text file: as named, or as its first bytes show."""

import codecs
import functools

from absl import logging

# UTF-32 comes first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Encodings that need a mark to tell their byte order.
_MARKED = ("utf-16", "utf-32")
# Frequent encodings besides UTF-8; messages show a line in each.
_OFTEN = ("cp1252", "cp1251", "gb18030", "shift_jis")
_SHOWN = 24

# Error handler for codecs: bytes that cannot be decoded become lone surrogates.
ERRORS = "data_pipeline.kept_bytes"


def _kept_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in found), error.end


codecs.register_error(ERRORS, _kept_bytes)


def find(path: str, start: bytes, named: str | None = None) -> str:
    """The codec of a file.

    A byte order mark decides, or else the name that was given. Without either,
    the file is UTF-8, or UTF-16 if its line ends are.

    Args:
        path: path of the file, for messages.
        start: its first bytes.
        named: the encoding that the user names.
    Raises:
        ValueError: Python has no encoding of this name, or the encoding needs
            a byte order mark.
    """
    if named:
        _check(named)
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return codec
    codec = _without_mark(start[: 1 << 16])
    if named:
        name = codecs.lookup(named).name
        if name not in _MARKED:
            if not name.startswith("utf-8") and _is_utf8(start):
                _warn_utf8(path, named)
            return named
        if not codec.startswith(name):
            raise ValueError(
                f"A file in {name} must begin with a byte order mark. "
                f"Received: {path}, which does not. Use --encoding={name}-le "
                f"or --encoding={name}-be."
            )
    if codec != "utf-8":
        _log(path, codec)
    return codec


@functools.cache
def _warn_utf8(path: str, named: str) -> None:
    logging.warning(
        "%s is read as %s, because of --encoding, but is valid UTF-8 too.",
        path,
        named,
    )


def _is_utf8(start: bytes) -> bool:
    """Whether bytes are valid UTF-8 and not only ASCII."""
    try:
        # The last character may be incomplete.
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return not start.isascii()


@functools.cache  # files are opened several times
def _log(path: str, codec: str) -> None:
    logging.info(
        "%s is read as %s: its line ends have two bytes, and it has no byte "
        "order mark. If that is wrong, name the encoding with --encoding.",
        path,
        codec,
    )


def rule(text: str, named: str | None = None) -> str:
    """The rule that a text with lone surrogates violates, as sentences.

    Args:
        text: a text with bytes that could not be decoded.
        named: the encoding that the user named.
    """
    if named:
        return f"A line must be in {named}, the encoding of --encoding."
    place = next(
        (i for i, char in enumerate(text) if "\ud800" <= char <= "\udfff"), 0
    )
    part = text[max(place - _SHOWN // 2, 0) : place + _SHOWN]
    try:
        found = part.encode("utf-8", "surrogateescape")
    except UnicodeError:  # the file is UTF-16
        return "A line must be in the encoding that its file begins with."
    readings = []
    for codec in _OFTEN:
        try:
            # The last character may be incomplete.
            shown = codecs.getincrementaldecoder(codec)().decode(found)
            readings.append(f"{shown!r} in {codec}")
        except UnicodeError:
            continue
    hint = f" This one is {', '.join(readings)}." if readings else ""
    return (
        "A line must be UTF-8, unless --encoding names another encoding, which "
        f"bytes alone do not show.{hint}"
    )


def _check(name: str) -> None:
    try:
        b"a".decode(name, ERRORS)
    except (LookupError, ValueError):
        raise ValueError(
            "--encoding must be the name of an encoding, such as utf-16, "
            f"cp1252, latin-1 or gb18030. Received: {name!r}. Leave it out for "
            "UTF-8."
        ) from None


def _without_mark(start: bytes) -> str:
    if b"\0" not in start:
        return "utf-8"
    pairs = list(zip(start[::2], start[1::2], strict=False))
    line_ends = start.count(b"\n")
    for codec, pair in (("utf-16-le", (10, 0)), ("utf-16-be", (0, 10))):
        if 2 * pairs.count(pair) > line_ends:
            return codec
    return "utf-8"
