"""Hugging Face's tokenizer.json: what of it this project does exactly.

Understood are the files of ALBERT's tokenizers of transformers 4 and 5: a
Unigram model, with normalizers up to SentencePiece's table and Metaspace before
the model; and BERT's: a WordPiece model, its normalizer and its words. All else
is an error that names the first part that is not understood.
"""

import base64
import binascii
import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any

# Normalizers of single characters, which run in any order before the table.
_CHARACTER_STEPS = ("NFKD", "StripAccents", "Lowercase", "Precompiled")
_QUOTES = ("``", "''")


class NotUnderstood(ValueError):
    """The file has a part that this project cannot follow."""

    def __init__(self, part: str, value: object) -> None:
        super().__init__(
            "Every part of a tokenizer.json must be one that is understood, "
            "so that ids are those that the model was trained with. Received: "
            f"{part} = {json.dumps(value, ensure_ascii=False)[:200]}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Steps:
    """What a Unigram tokenizer does to a text before its model.

    quotes: whether `` and '' become " first.
    characters: names of _CHARACTER_STEPS, in order.
    charsmap: SentencePiece's table, or None.
    splits_words: whether white space only separates; else a space is a "▁".
    collapses: whether several spaces are one.
    any_space: whether white space of all kinds separates, or U+0020 only.
    prefix_all: whether each part between added tokens begins with a "▁", or
        the text only.
    """

    quotes: bool
    characters: tuple[str, ...]
    charsmap: bytes | None
    splits_words: bool
    collapses: bool
    any_space: bool
    prefix_all: bool

    @property
    def lower_case(self) -> bool:
        return "Lowercase" in self.characters

    @property
    def keep_accents(self) -> bool:
        return "StripAccents" not in self.characters


def parse(content: bytes) -> dict[str, Any]:
    """The file as a dictionary.

    Raises:
        ValueError: it is no JSON object with a model.
    """
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            "A tokenizer.json must be JSON. Received: "
            f"{type(error).__name__}: {str(error)[:200]}."
        ) from None
    if not isinstance(parsed, dict) or not isinstance(
        parsed.get("model"), dict
    ):
        raise ValueError(
            "A tokenizer.json must be an object with a model. Received: "
            f"{content[:60].decode(errors='replace')!r}..."
        )
    return parsed


def kind(parsed: dict[str, Any]) -> str:
    """ "unigram" or "wordpiece"."""
    model = parsed["model"]
    kinds = {"Unigram": "unigram", "WordPiece": "wordpiece"}
    if model.get("type") not in kinds:
        raise NotUnderstood("model.type", model.get("type"))
    return kinds[model["type"]]


def unigram_pieces(parsed: dict[str, Any]) -> list[tuple[str, float | None]]:
    """Pieces with their scores; the index is the id. Those that are added
    tokens only are the last and have none."""
    vocab = parsed["model"].get("vocab")
    pieces: list[tuple[str, float | None]] = []
    for row in vocab if isinstance(vocab, list) else [vocab]:
        try:
            piece, score = row
            is_row = isinstance(piece, str) and math.isfinite(score)
        except (TypeError, ValueError):
            is_row = False
        if not is_row or not piece:
            raise NotUnderstood("model.vocab (a piece and its score)", row)
        pieces.append((piece, float(score)))
    if len({piece for piece, _ in pieces}) < len(pieces):
        raise NotUnderstood("model.vocab (each piece once)", len(pieces))
    for token in added_tokens(parsed):
        if token["id"] == len(pieces):
            pieces.append((token["content"], None))
    return pieces


def steps(parsed: dict[str, Any]) -> Steps:
    """What a file with a Unigram model does to texts."""
    quotes: list[str] = []
    characters: list[str] = []
    charsmap = None
    collapses = strips_left = strips_right = False
    for name, step in parts(
        parsed.get("normalizer"), "normalizer", "normalizers"
    ):
        kind, later = step.get("type"), collapses or strips_left or strips_right
        if kind == "Replace" and step.get("content") == '"':
            quote = _pattern(step, "String")
            if quote not in _QUOTES or characters or later or quote in quotes:
                raise NotUnderstood(name, step)
            quotes.append(quote)
        elif kind == "Replace" and step.get("content") == " ":
            if _pattern(step, "Regex") != " {2,}":
                raise NotUnderstood(name, step)
            collapses = True
        elif kind == "Strip":
            strips_left |= bool(step.get("strip_left", True))
            strips_right |= bool(step.get("strip_right", True))
        elif kind in _CHARACTER_STEPS and not later and kind not in characters:
            characters.append(kind)
            if kind == "Precompiled":
                charsmap = _charsmap(name, step)
        else:
            raise NotUnderstood(name, step)
    if len(quotes) == 1:
        raise NotUnderstood("normalizer (one of `` and '' only)", quotes)
    _check_characters(characters)
    splits, scheme = _pre_tokenizer(parsed)
    collapsed = collapses and strips_right
    if (strips_left or strips_right) and not splits:
        if not collapsed or (strips_left and scheme == "first"):
            raise NotUnderstood("normalizer", {"type": "Strip"})
    return Steps(
        quotes=bool(quotes),
        characters=tuple(characters),
        charsmap=charsmap,
        splits_words=splits or collapsed,
        collapses=collapses,
        any_space=splits,
        prefix_all=scheme == "always",
    )


def added_tokens(parsed: dict[str, Any]) -> list[dict[str, Any]]:
    """The added tokens, by id.

    Raises:
        NotUnderstood: one is matched in another way than as it is written.
    """
    tokens = parsed.get("added_tokens") or []
    for token in tokens if isinstance(tokens, list) else [tokens]:
        if not (
            isinstance(token, dict)
            and isinstance(token.get("id"), int)
            and isinstance(token.get("content"), str)
            and token["content"]
            and not token.get("single_word")
        ):
            raise NotUnderstood("added_tokens", token)
    return sorted(tokens, key=lambda token: token["id"])


def cuts_tokens_out(parsed: dict[str, Any]) -> bool:
    """Whether it is a Unigram tokenizer that gives other ids than its
    SentencePiece model: it has more added tokens than the special pieces."""
    if parsed["model"].get("type") != "Unigram":
        return False
    size = len(parsed["model"].get("vocab") or ())
    return any(
        not token.get("special") or token["id"] >= size
        for token in added_tokens(parsed)
    )


def check_template(parsed: dict[str, Any], cls: str, sep: str) -> None:
    """Raises NotUnderstood unless rows are [CLS] a [SEP] b [SEP]."""
    processor = parsed.get("post_processor")
    if processor is None:  # nothing is said
        return
    kind = processor.get("type") if isinstance(processor, dict) else None
    if kind in ("BertProcessing", "RobertaProcessing"):
        given = [processor.get(name) for name in ("cls", "sep")]
        names = [row[0] for row in given if isinstance(row, list) and row]
        if kind == "BertProcessing" and names == [cls, sep]:
            return
    elif kind == "TemplateProcessing":
        rows = [_template(processor.get(name)) for name in ("single", "pair")]
        one = [(cls, 0), ("A", 0), (sep, 0)]
        if rows == [one, [*one, ("B", 1), (sep, 1)]]:
            return
    raise NotUnderstood("post_processor", processor)


def _template(parts: Any) -> list[tuple[str, int]]:
    try:
        return [
            (value["id"], value["type_id"])
            for part in parts
            for value in part.values()
        ]
    except (TypeError, KeyError, AttributeError):
        return []


def _check_characters(steps: list[str]) -> None:
    """Raises NotUnderstood unless they work on single characters: NFKD sorts
    marks, and the table makes characters of which others would make more."""
    if "NFKD" in steps and steps[steps.index("NFKD") + 1 :][:1] != [
        "StripAccents"
    ]:
        raise NotUnderstood("normalizer", {"type": "NFKD"})
    if "Precompiled" in steps[:-1]:
        raise NotUnderstood("normalizer", {"type": steps[-1]})


def _pre_tokenizer(parsed: dict[str, Any]) -> tuple[bool, str]:
    """Whether text is cut at white space first, and the prepend scheme."""
    splits, scheme = False, None
    for name, part in parts(
        parsed.get("pre_tokenizer"), "pre_tokenizer", "pretokenizers"
    ):
        if part.get("type") == "WhitespaceSplit" and scheme is None:
            splits = True
            continue
        if part.get("type") != "Metaspace" or scheme is not None:
            raise NotUnderstood(name, part)
        # Before tokenizers 0.15: add_prefix_space.
        older = "always" if part.get("add_prefix_space", True) else "never"
        scheme = part.get("prepend_scheme", older)
        if (
            part.get("replacement") != "▁"
            or part.get("split", True) is not True
            or scheme not in ("always", "first")
            or (splits and scheme == "first")
        ):
            raise NotUnderstood(name, part)
    if scheme is None:
        raise NotUnderstood("pre_tokenizer", parsed.get("pre_tokenizer"))
    return splits, scheme


def parts(
    value: object, name: str, key: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """A part, or those of a Sequence, with their names."""
    if value is None:
        return
    if not isinstance(value, dict):
        raise NotUnderstood(name, value)
    if value.get("type") != "Sequence":
        yield name, value
        return
    inner = value.get(key)
    if not isinstance(inner, list):
        raise NotUnderstood(f"{name}.{key}", inner)
    for number, part in enumerate(inner):
        yield from parts(part, f"{name}.{key}[{number}]", key)


def _pattern(step: dict[str, Any], kind: str) -> object:
    pattern = step.get("pattern")
    return pattern.get(kind) if isinstance(pattern, dict) else None


def _charsmap(name: str, step: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(step["precompiled_charsmap"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise NotUnderstood(name, {"type": "Precompiled"}) from None
