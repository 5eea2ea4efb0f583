"""Reads the JSON files of a Hugging Face folder that describe its tokenizer."""

import json
import os
from collections.abc import Iterable
from typing import Any

from data_pipeline.io import files
from data_pipeline.io import json_file
from data_pipeline.text.pieces import special_pieces
from data_pipeline.text.pieces import tokenizer_json
from data_pipeline.text.pieces import tokenizer_settings

CONFIG = "tokenizer_config.json"
SPECIAL = "special_tokens_map.json"
MODEL_CONFIG = "config.json"
_ADDED = "added_tokens.json"

# Supported classes, with or without "Fast"; None means the class of the model.
_CLASSES = (
    None,
    "AlbertTokenizer",
    "BertTokenizer",
    "PreTrainedTokenizer",
    "TokenizersBackend",
)
# Settings that must have one value.
_ONLY: dict[str, Any] = {
    "remove_space": True,
    "add_prefix_space": True,
    "do_basic_tokenize": True,
}
_EMPTY = ("sp_model_kwargs", "never_split")


def check(config: dict[str, Any], path: str, folder: str) -> None:
    """Raises ValueError if a setting is not supported."""
    kind = config.get("tokenizer_class")
    if kind is None:
        kind = read(folder, MODEL_CONFIG).get("tokenizer_class")
    bare = kind.removesuffix("Fast") if isinstance(kind, str) else kind
    if bare not in _CLASSES:
        raise ValueError(
            "tokenizer_class must be one of "
            f"{', '.join(name for name in _CLASSES if name)}, or one of "
            f"these followed by Fast. Received: {kind!r} ({path}). Convert the "
            "tokenizer to one of them."
        )
    for key, only in _ONLY.items():
        if config.get(key, only) not in (only, None):
            raise ValueError(
                f"{key} must be {json.dumps(only)}, since nothing else is "
                f"supported. Received: {json.dumps(config[key])} ({path}). Use "
                "a tokenizer without this setting."
            )
    for key in _EMPTY:
        if config.get(key):
            raise ValueError(
                f"{key} must be empty, since nothing else is supported. "
                f"Received: {json.dumps(config[key])} ({path}). Use a "
                "tokenizer without this setting."
            )


def names(folder: str, config: dict[str, Any]) -> tuple[str | None, ...]:
    """The names of the special pieces, by role."""
    special = read(folder, SPECIAL)
    found_names = []
    for role in special_pieces.ROLES:
        said = [each.get(f"{role}_token") for each in (config, special)]
        contents = [_content(each, f"{role}_token", folder) for each in said]
        found = {content for content in contents if content is not None}
        if len(found) > 1:
            raise ValueError(
                f"{CONFIG} and {SPECIAL} must agree on {role}_token. "
                f"Received: {' and '.join(sorted(found))} ({folder}). "
                "Correct one of them."
            )
        found_names.append(next(iter(found), None))
    return tuple(found_names)


def added(
    folder: str, config: dict[str, Any], parsed: dict[str, Any] | None
) -> dict[str, int | None]:
    """The added tokens, each with its id, or None if that is not given."""
    found: dict[str, int | None] = {}
    for token in tokenizer_json.added_tokens(parsed or {}):
        found[token["content"]] = token["id"]
    special = read(folder, SPECIAL)
    for key in ("additional_special_tokens", "extra_special_tokens"):
        for said in (config, special):
            tokens = said.get(key) or []
            if isinstance(tokens, dict):  # by names of attributes
                tokens = [*tokens.values()]
            for token in tokens if isinstance(tokens, list) else [tokens]:
                found.setdefault(_text(token, key, folder))
    decoder = config.get("added_tokens_decoder") or {}
    rows = [(token, i) for i, token in _items(decoder, folder)]
    for token, i in (*rows, *_items(read(folder, _ADDED), folder)):
        if not str(i).isdecimal():
            raise ValueError(
                f"The ids of added tokens must be numbers. Received: {i!r} "
                f"({folder}). Save the tokenizer again."
            )
        found[_text(token, "added_tokens_decoder", folder)] = int(i)
    return found


def _items(value: object, folder: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise ValueError(
            "added_tokens_decoder must be an object. Received: "
            f"{json.dumps(value)[:100]} ({folder}). Save the tokenizer again."
        )
    return value.items()


def _content(token: object, key: str, folder: str) -> str | None:
    """The text of a token, which may be given with its properties."""
    if isinstance(token, dict):
        token = token.get("content", token)
    if token is not None and not isinstance(token, str):
        raise ValueError(
            f"{key} must be a string. Received: {json.dumps(token)[:100]} "
            f"({folder}). Save the tokenizer again."
        )
    return token


def _text(token: object, key: str, folder: str) -> str:
    """The text of a token, which must be given."""
    content = _content(token, key, folder)
    if content is None:
        raise ValueError(
            f"{key} must hold strings. Received: null ({folder}). Save the "
            "tokenizer again."
        )
    return content


def tokenizer_json_of(folder: str) -> bytes | None:
    """The content of tokenizer.json; None if it belongs to a Keras preset."""
    path = os.path.join(folder, tokenizer_settings.FILE_NAME)
    if not files.exists(path):
        return None
    content = files.read(path)
    try:
        is_keras = "class_name" in json_file.parse_object(content, path)
    except ValueError:
        return content
    return None if is_keras else content


def read(folder: str, name: str) -> dict[str, Any]:
    """The JSON object in a file of the folder; {} if there is no such file."""
    path = os.path.join(folder, name)
    return json_file.read_object(path) if files.exists(path) else {}
