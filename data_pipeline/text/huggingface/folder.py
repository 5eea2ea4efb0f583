"""The tokenizer of a Hugging Face folder: its vocabulary and settings.

The folder decides, as it does for transformers. A `spiece.model` is used as in
AlbertTokenizer of transformers 4, which is how the published models were
trained: `` and '' become ", and `do_lower_case` and `keep_accents` of
tokenizer_config.json decide how else to change a text. (Transformers 5 makes
another tokenizer from that file, which gives other ids: it cuts out symbols of
the vocabulary such as "." before it looks at words.) A `vocab.txt` is used as
in BertTokenizer. If there is only a `tokenizer.json`, which is all that
transformers 5 saves, that decides everything.
"""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from data_pipeline.io import files
from data_pipeline.text.huggingface import config_files
from data_pipeline.text.huggingface import wordpiece_json
from data_pipeline.text.pieces import tokenizer_json
from data_pipeline.text.pieces import tokenizer_settings

_SENTENCEPIECE, _WORDPIECE = "spiece.model", "vocab.txt"


@dataclasses.dataclass(frozen=True)
class Found:
    """A vocabulary and its settings.

    Attributes:
        path: path of the vocabulary.
        vocabulary: its bytes, as Tokenizer takes them.
        settings: settings for Tokenizer.
        added: added tokens, each with its id or None; they must be pieces.
        source: the file that decides the settings.
        parsed: the tokenizer.json, if that is the vocabulary; else None.
    """

    path: str
    vocabulary: bytes
    settings: tokenizer_settings.TokenizerSettings
    added: dict[str, int | None]
    source: str
    parsed: dict[str, Any] | None


def is_one(folder: str, path: str | None = None) -> bool:
    """Whether files of Hugging Face give the settings of a vocabulary.

    Args:
        folder: the folder of the vocabulary.
        path: path of the vocabulary in the folder, if it is known.
    """
    if any(
        files.exists(os.path.join(folder, name))
        for name in (config_files.CONFIG, config_files.SPECIAL)
    ) or config_files.tokenizer_json_of(folder):
        return True
    # A folder from before these files, when only the vocabulary's name was
    # fixed.
    names = (_SENTENCEPIECE, _WORDPIECE)
    if path is not None and os.path.basename(path) not in names:
        return False
    return "model_type" in config_files.read(folder, config_files.MODEL_CONFIG)


def _parsed(content: bytes, path: str) -> dict[str, Any]:
    try:
        return tokenizer_json.parse(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def find(folder: str, path: str | None = None) -> Found:
    """Finds the tokenizer of a folder.

    Args:
        folder: the folder.
        path: path of the vocabulary in the folder, if it is known.

    Raises:
        FileNotFoundError: there is no vocabulary.
        ValueError: a file is damaged, or has a setting that is not supported.
    """
    config = config_files.read(folder, config_files.CONFIG)
    config_files.check(
        config, os.path.join(folder, config_files.CONFIG), folder
    )
    is_free = path is None
    is_bert = (config.get("tokenizer_class") or "").startswith("Bert")
    content = config_files.tokenizer_json_of(folder)
    names = [_SENTENCEPIECE, _WORDPIECE]
    if is_bert:
        names.reverse()
    names += [tokenizer_settings.FILE_NAME] * (content is not None)
    for name in names:
        if path is None and files.exists(os.path.join(folder, name)):
            path = os.path.join(folder, name)
    if path is None:
        raise FileNotFoundError(
            "A Hugging Face folder must hold a spiece.model, a vocab.txt or a "
            f"tokenizer.json. Received: {folder} without any. Save the "
            "tokenizer into it."
        )
    json_path = os.path.join(folder, tokenizer_settings.FILE_NAME)
    try:
        parsed = None
        if content is not None:
            parsed = _parsed(content, json_path)
            if is_free and tokenizer_json.cuts_tokens_out(parsed):
                path = json_path
        is_json = path == json_path
        vocabulary, settings = _use(path, config, parsed, is_json)
    except tokenizer_json.NotUnderstood as error:
        raise ValueError(f"{json_path}: {error}") from None
    return Found(
        path,
        vocabulary,
        dataclasses.replace(
            settings, special_pieces=config_files.names(folder, config)
        ),
        config_files.added(folder, config, parsed if is_json else None),
        json_path
        if parsed is not None
        else os.path.join(folder, config_files.CONFIG),
        parsed if is_json else None,
    )


def check(
    found: Found, pieces: Sequence[str], special_ids: Sequence[int]
) -> None:
    """Raises ValueError if an added token is not a piece, or is one that a
    WordPiece tokenizer would cut up; or if rows are not [CLS] text [SEP]."""
    if found.parsed is not None:
        _, _, cls_id, sep_id, _ = special_ids
        tokenizer_json.check_template(
            found.parsed, pieces[cls_id], pieces[sep_id]
        )
    for token, number in found.added.items():
        if number is not None:
            i = number
        else:
            i = pieces.index(token) if token in pieces else -1
        is_piece = 0 <= i < len(pieces) and pieces[i] == token
        is_word = found.settings.kind == "wordpiece" and i not in special_ids
        if not is_piece or is_word:
            raise ValueError(
                "Added tokens must be pieces of the vocabulary, and for "
                f"WordPiece special ones. Received: {token!r} in the folder "
                f"of {found.path}. Save the tokenizer with transformers 5, "
                "whose tokenizer.json includes them."
            )


def _use(
    path: str,
    config: dict[str, Any],
    parsed: dict[str, Any] | None,
    is_json: bool,
) -> tuple[bytes, tokenizer_settings.TokenizerSettings]:
    """The vocabulary and its settings, except special_pieces."""
    decision = _Decision(path, config, is_json)
    steps: tokenizer_json.Steps | None = None
    if is_json:
        assert parsed is not None
        if tokenizer_json.kind(parsed) == "wordpiece":
            return (
                wordpiece_json.vocabulary(parsed),
                _wordpiece(decision, parsed),
            )
        steps = tokenizer_json.steps(parsed)
        lower = decision.of("do_lower_case", True, steps.lower_case)
        decision.of("keep_accents", False, steps.keep_accents)
        settings = tokenizer_settings.TokenizerSettings(
            kind="unigram", lower_case=lower
        )
        return files.read(path), settings
    if path.endswith(".txt"):
        is_same = parsed and parsed["model"].get("type") == "WordPiece"
        return files.read(path), _wordpiece(decision, parsed if is_same else {})
    if parsed and parsed["model"].get("type") == "Unigram":
        steps = tokenizer_json.steps(parsed)
    keeps = decision.of(
        "keep_accents", False, steps.keep_accents if steps else None
    )
    return files.read(path), tokenizer_settings.TokenizerSettings(
        kind="sentencepiece",
        lower_case=decision.of(
            "do_lower_case", True, steps.lower_case if steps else None
        ),
        variant="albert" if steps and not steps.quotes else "huggingface",
        normalization="none" if keeps else "albert",
    )


def _wordpiece(
    decision: "_Decision", parsed: dict[str, Any] | None
) -> tokenizer_settings.TokenizerSettings:
    rules = wordpiece_json.rules(parsed) if parsed else {}
    return tokenizer_settings.TokenizerSettings(
        kind="wordpiece",
        variant="huggingface",
        lower_case=decision.of("do_lower_case", True, rules.get("lower_case")),
        strip_accents=decision.of(
            "strip_accents", None, rules.get("strip_accents")
        ),
        split_ideographs=decision.of(
            "tokenize_chinese_chars", True, rules.get("split_ideographs")
        ),
    )


@dataclasses.dataclass(frozen=True)
class _Decision:
    """Decides settings by tokenizer_config.json and tokenizer.json."""

    path: str
    config: dict[str, Any]
    is_json: bool

    def of(self, key: str, default: bool | None, done: bool | None) -> Any:
        """The value of a setting.

        Args:
            key: its name in tokenizer_config.json.
            default: the default of the class.
            done: its value in tokenizer.json, or None.

        Raises:
            ValueError: the two disagree.
        """
        # A class with such settings has defaults for those that are not given.
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
                f"{config_files.CONFIG} beside {self.path}. Correct it."
            )
        if done is None:
            return default if says is None else says
        if says is not None and says != done:
            raise ValueError(
                f"{config_files.CONFIG} and "
                f"{tokenizer_settings.FILE_NAME} must agree "
                f"on {key}. Received: {says} by the first and {done} by the "
                f"second, beside {self.path}. Set the first to the value that "
                "the model was trained with; if the second differs from that, "
                "load the vocabulary from a folder without the second."
            )
        return done
