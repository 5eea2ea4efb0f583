"""Hugging Face's tokenizer.json: the parts that are reproduced exactly here.

These are the files of ALBERT's tokenizers in transformers 4 and 5 (a Unigram
model, with normalizers up to SentencePiece's table, and Metaspace before the
model) and of BERT's (a WordPiece model, its normalizer and its words). Any
other file raises an error that names the first part that is not supported.
"""

import base64
import binascii
import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any

from data_pipeline.io import json_file

# Normalizers of single characters, which run in any order before the table.
_CHARACTER_STEPS = ("NFKD", "StripAccents", "Lowercase", "Precompiled")
_QUOTES = ("``", "''")


class NotUnderstood(ValueError):
    """The file has a part that is not supported here."""

    def __init__(self, part: str, value: object) -> None:
        super().__init__(
            "Every part of a tokenizer.json must be supported, so that ids are "
            "those that the model was trained with. Received: "
            f"{part} = {json.dumps(value, ensure_ascii=False)[:200]}. Use a "
            "tokenizer of ALBERT or BERT."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Steps:
    """How a Unigram tokenizer changes a text before its model.

    Attributes:
        quotes: whether `` and '' become " first.
        characters: names of _CHARACTER_STEPS, in order.
        charsmap: SentencePiece's table, or None.
        splits_words: whether white space only separates words; if not, a space
            becomes a "▁".
        collapses: whether several spaces become one.
        any_space: whether all white space separates words, or only U+0020.
        prefix_all: whether each part between added tokens begins with a "▁",
            or only the text.
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
    """The content as a dictionary.

    Raises:
        ValueError: the content is not a JSON object with a model.
    """
    parsed = json_file.parse_object(content, "A tokenizer.json")
    if not isinstance(parsed.get("model"), dict):
        raise ValueError(
            "A tokenizer.json must have a model. Received: "
            f"{content[:60].decode(errors='replace')!r}... Fetch it again."
        )
    return parsed


def kind(parsed: dict[str, Any]) -> str:
    """The kind of the tokenizer: "unigram" or "wordpiece"."""
    model = parsed["model"]
    kinds = {"Unigram": "unigram", "WordPiece": "wordpiece"}
    if model.get("type") not in kinds:
        raise NotUnderstood("model.type", model.get("type"))
    return kinds[model["type"]]


def unigram_pieces(parsed: dict[str, Any]) -> list[tuple[str, float | None]]:
    """Pieces with their scores; the index is the id. Pieces that are only added
    tokens come last and have no score."""
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
    """How a file with a Unigram model changes texts."""
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
        NotUnderstood: one is not matched exactly as it is written.
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
    if processor is None:  # the file does not say
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
    """Raises NotUnderstood unless the steps work on single characters: NFKD
    sorts marks, and later steps could change characters of the table."""
    if "NFKD" in steps and steps[steps.index("NFKD") + 1 :][:1] != [
        "StripAccents"
    ]:
        raise NotUnderstood("normalizer", {"type": "NFKD"})
    if "Precompiled" in steps[:-1]:
        raise NotUnderstood("normalizer", {"type": steps[-1]})


def _pre_tokenizer(parsed: dict[str, Any]) -> tuple[bool, str]:
    """Whether text is first cut at white space, and the prepend scheme."""
    splits, scheme = False, None
    for name, part in parts(
        parsed.get("pre_tokenizer"), "pre_tokenizer", "pretokenizers"
    ):
        if part.get("type") == "WhitespaceSplit" and scheme is None:
            splits = True
            continue
        if part.get("type") != "Metaspace" or scheme is not None:
            raise NotUnderstood(name, part)
        # Files from before tokenizers 0.15 have add_prefix_space.
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
    """Yields a part, or the parts of a Sequence, with their names."""
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
