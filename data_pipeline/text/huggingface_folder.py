"""The tokenizer of a Hugging Face folder: its vocabulary, and how it is used.

The folder decides, as it does for transformers. A `spiece.model` is used as
AlbertTokenizer of transformers 4 uses it, which is how the published models
were trained: `` and '' become ", and `do_lower_case` and `keep_accents` of
tokenizer_config.json say what else happens to a text. (Transformers 5 makes
another tokenizer of that file, which gives other ids: it cuts out symbols of
the vocabulary such as "." before it looks at words.) A `vocab.txt` is used as
BertTokenizer does. Where there is a `tokenizer.json` alone, which is all that
transformers 5 saves, it is what is run.
"""

import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

from data_pipeline import files
from data_pipeline.text import settings as settings_lib
from data_pipeline.text import special_pieces
from data_pipeline.text import tokenizer_json

CONFIG = "tokenizer_config.json"
_SPECIAL = "special_tokens_map.json"
_ADDED = "added_tokens.json"
_MODEL_CONFIG = "config.json"
_SENTENCEPIECE, _WORDPIECE = "spiece.model", "vocab.txt"

# Classes that are understood; with "Fast" or without, None: of the model.
_CLASSES = (
    None,
    "AlbertTokenizer",
    "BertTokenizer",
    "PreTrainedTokenizer",
    "TokenizersBackend",
)
# Settings with one value that can be honoured.
_ONLY: dict[str, Any] = {
    "remove_space": True,
    "add_prefix_space": True,
    "do_basic_tokenize": True,
}
_EMPTY = ("sp_model_kwargs", "never_split")


@dataclasses.dataclass(frozen=True)
class Found:
    """A vocabulary and how it is used.

    path: of the vocabulary.
    vocabulary: its bytes, as Tokenizer takes them.
    settings: for Tokenizer.
    added: added tokens, each with its id or None; they must be pieces.
    source: the file that decides the settings.
    parsed: a tokenizer.json that is the vocabulary, or None.
    """

    path: str
    vocabulary: bytes
    settings: settings_lib.Settings
    added: dict[str, int | None]
    source: str
    parsed: dict[str, Any] | None


def is_one(folder: str, path: str | None = None) -> bool:
    """Whether files of Hugging Face's say how a vocabulary is used.

    Args:
        path: of the vocabulary, where it is known; in the folder.
    """
    if any(
        files.exists(os.path.join(folder, name)) for name in (CONFIG, _SPECIAL)
    ) or _tokenizer_json(folder):
        return True
    # From before these files, when only the names of vocabularies were fixed.
    names = (_SENTENCEPIECE, _WORDPIECE)
    if path is not None and os.path.basename(path) not in names:
        return False
    return "model_type" in _read(folder, _MODEL_CONFIG)


def find(folder: str, path: str | None = None) -> Found:
    """The tokenizer of the folder.

    Args:
        path: the vocabulary, where it is known; in the folder.

    Raises:
        FileNotFoundError: there is no vocabulary.
        ValueError: a file is damaged, or says something that this project
            cannot do.
    """
    config = _read(folder, CONFIG)
    _check(config, os.path.join(folder, CONFIG), folder)
    is_bert = (config.get("tokenizer_class") or "").startswith("Bert")
    content = _tokenizer_json(folder)
    names = [_SENTENCEPIECE, _WORDPIECE]
    if is_bert:
        names.reverse()
    names += [settings_lib.FILE_NAME] * (content is not None)
    for name in names:
        if path is None and files.exists(os.path.join(folder, name)):
            path = os.path.join(folder, name)
    if path is None:
        raise FileNotFoundError(
            "A Hugging Face folder must hold a spiece.model, a vocab.txt or a "
            f"tokenizer.json. Received: {folder} without any. Save the "
            "tokenizer into it."
        )
    json_path = os.path.join(folder, settings_lib.FILE_NAME)
    is_json = path == json_path
    try:
        parsed = None
        if content is not None:
            parsed = tokenizer_json.parse(content)
        vocabulary, settings = _use(path, config, parsed, is_json)
    except tokenizer_json.NotUnderstood as error:
        raise ValueError(f"{json_path}: {error}") from None
    return Found(
        path,
        vocabulary,
        dataclasses.replace(settings, special_pieces=_names(folder, config)),
        _added(folder, config, parsed if is_json else None),
        json_path if parsed is not None else os.path.join(folder, CONFIG),
        parsed if is_json else None,
    )


def check(
    found: Found, pieces: Sequence[str], special_ids: Sequence[int]
) -> None:
    """Raises ValueError if texts would give a token that is no piece, or that
    a WordPiece tokenizer would cut up; or if rows are not [CLS] text [SEP]."""
    if found.parsed is not None:
        _, _, cls_id, sep_id, _ = special_ids
        tokenizer_json.check_template(
            found.parsed, pieces[cls_id], pieces[sep_id]
        )
    for token, number in found.added.items():
        i = number
        if number is None:
            i = pieces.index(token) if token in pieces else -1
        is_piece = 0 <= i < len(pieces) and pieces[i] == token
        is_word = found.settings.kind == "wordpiece" and i not in special_ids
        if not is_piece or is_word:
            raise ValueError(
                "Added tokens must be pieces of the vocabulary, and for "
                f"WordPiece special ones. Received: {token!r} in the folder "
                f"of {found.path}. Save the tokenizer with transformers 5, "
                "whose tokenizer.json holds them."
            )


def _use(
    path: str,
    config: dict[str, Any],
    parsed: dict[str, Any] | None,
    is_json: bool,
) -> tuple[bytes, settings_lib.Settings]:
    """The vocabulary and its settings, but for special_pieces."""
    decides = _Decides(path, config, is_json)
    if is_json:
        assert parsed is not None
        if tokenizer_json.kind(parsed) == "wordpiece":
            return (
                tokenizer_json.wordpiece_vocabulary(parsed),
                _wordpiece(decides, parsed),
            )
        steps = tokenizer_json.steps(parsed)
        lower = decides.of("do_lower_case", True, steps.lower_case)
        decides.of("keep_accents", False, steps.keep_accents)
        settings = settings_lib.Settings(kind="unigram", lower_case=lower)
        return files.read(path), settings
    if path.endswith(".txt"):
        is_same = parsed and parsed["model"].get("type") == "WordPiece"
        return files.read(path), _wordpiece(decides, parsed if is_same else {})
    steps = None
    if parsed and parsed["model"].get("type") == "Unigram":
        steps = tokenizer_json.steps(parsed)
    keeps = decides.of(
        "keep_accents", False, steps.keep_accents if steps else None
    )
    return files.read(path), settings_lib.Settings(
        kind="sentencepiece",
        lower_case=decides.of(
            "do_lower_case", True, steps.lower_case if steps else None
        ),
        variant="albert" if steps and not steps.quotes else "huggingface",
        normalization="none" if keeps else "albert",
    )


def _wordpiece(decides, parsed) -> settings_lib.Settings:
    rules = tokenizer_json.wordpiece_rules(parsed) if parsed else {}
    return settings_lib.Settings(
        kind="wordpiece",
        variant="huggingface",
        lower_case=decides.of("do_lower_case", True, rules.get("lower_case")),
        strip_accents=decides.of(
            "strip_accents", None, rules.get("strip_accents")
        ),
        split_ideographs=decides.of(
            "tokenize_chinese_chars", True, rules.get("split_ideographs")
        ),
    )


@dataclasses.dataclass(frozen=True)
class _Decides:
    """Settings of tokenizer_config.json beside what tokenizer.json does."""

    path: str
    config: dict[str, Any]
    is_json: bool

    def of(self, key: str, default: bool | None, done: bool | None) -> Any:
        """A setting.

        Args:
            default: that of the class.
            done: what tokenizer.json does, or None.

        Raises:
            ValueError: the two disagree.
        """
        # A class of its own settings has its defaults where none is given.
        says = self.config.get(key)
        kind = self.config.get("tokenizer_class")
        if kind is None and not self.is_json:
            kind = "AlbertTokenizer"
        kind = kind or ""
        if says is None and kind.startswith(("Albert", "Bert")):
            says = default
        if says not in (None, True, False):
            raise ValueError(
                f"{key} must be true or false. Received: {says!r} in the "
                f"{CONFIG} beside {self.path}."
            )
        if done is None:
            return default if says is None else says
        if says is not None and says != done:
            raise ValueError(
                f"{CONFIG} and {settings_lib.FILE_NAME} must agree on {key}. "
                f"Received: {says} by the first and {done} by the second, "
                f"beside {self.path}. Set the first to what the model was "
                "trained with; if that is another than the second's, load "
                "the vocabulary from a folder without the second."
            )
        return done


def _check(config: dict[str, Any], path: str, folder: str) -> None:
    """Raises ValueError if the settings have one that cannot be honoured."""
    kind = config.get("tokenizer_class")
    if kind is None:
        kind = _read(folder, _MODEL_CONFIG).get("tokenizer_class")
    bare = kind.removesuffix("Fast") if isinstance(kind, str) else kind
    if bare not in _CLASSES:
        raise ValueError(
            "tokenizer_class must be one of "
            f"{', '.join(name for name in _CLASSES if name)}, or one of "
            f"these with Fast behind it. Received: {kind!r} ({path})."
        )
    for key, only in _ONLY.items():
        if config.get(key, only) not in (only, None):
            raise ValueError(
                f"{key} must be {json.dumps(only)}: other tokenizers are not "
                f"known here. Received: {json.dumps(config[key])} ({path})."
            )
    for key in _EMPTY:
        if config.get(key):
            raise ValueError(
                f"{key} must be empty: other tokenizers are not known here. "
                f"Received: {json.dumps(config[key])} ({path})."
            )


def _names(folder: str, config: dict[str, Any]) -> tuple[str | None, ...]:
    """The names of the special pieces, by role."""
    special = _read(folder, _SPECIAL)
    names = []
    for role in special_pieces.ROLES:
        found = {
            _content(said.get(f"{role}_token"), f"{role}_token", folder)
            for said in (config, special)
        } - {None}
        if len(found) > 1:
            raise ValueError(
                f"{CONFIG} and {_SPECIAL} must agree on {role}_token. "
                f"Received: {' and '.join(sorted(found))} ({folder})."
            )
        names.append(next(iter(found), None))
    return tuple(names)


def _added(
    folder: str, config: dict[str, Any], parsed: dict[str, Any] | None
) -> dict[str, int | None]:
    """Added tokens with their ids, or None where those are not said."""
    found: dict[str, int | None] = {}
    for token in tokenizer_json.added_tokens(parsed or {}):
        found[token["content"]] = token["id"]
    special = _read(folder, _SPECIAL)
    for key in ("additional_special_tokens", "extra_special_tokens"):
        for said in (config, special):
            tokens = said.get(key) or []
            for token in tokens if isinstance(tokens, list) else [tokens]:
                found.setdefault(_content(token, key, folder))
    decoder = config.get("added_tokens_decoder") or {}
    rows = [(token, i) for i, token in _items(decoder, folder)]
    for token, i in (*rows, *_items(_read(folder, _ADDED), folder)):
        if not str(i).isdecimal():
            raise ValueError(
                f"The ids of added tokens must be numbers. Received: {i!r} "
                f"({folder})."
            )
        found[_content(token, "added_tokens_decoder", folder)] = int(i)
    return found


def _items(value: object, folder: str):
    if not isinstance(value, dict):
        raise ValueError(
            "added_tokens_decoder must be an object. Received: "
            f"{json.dumps(value)[:100]} ({folder})."
        )
    return value.items()


def _content(token: object, key: str, folder: str) -> str | None:
    """The text of a token, which files hold as it is or with its properties."""
    if isinstance(token, dict):
        token = token.get("content", token)
    if token is not None and not isinstance(token, str):
        raise ValueError(
            f"{key} must be a string. Received: {json.dumps(token)[:100]} "
            f"({folder})."
        )
    return token


def _tokenizer_json(folder: str) -> bytes | None:
    """The file, unless it is of Keras, whose presets have one of that name."""
    path = os.path.join(folder, settings_lib.FILE_NAME)
    if not files.exists(path):
        return None
    content = files.read(path)
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        return content
    is_keras = isinstance(parsed, dict) and "class_name" in parsed
    return None if is_keras else content


def _read(folder: str, name: str) -> dict[str, Any]:
    """A JSON object of the folder; {} where there is no such file."""
    path = os.path.join(folder, name)
    if not files.exists(path):
        return {}
    try:
        content = json.loads(files.read(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} must be JSON. Received: {type(error).__name__}: "
            f"{str(error)[:200]}."
        ) from None
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} must be a JSON object. Received: {type(content).__name__}."
        )
    return content
