"""Writes a tokenizer in the files of Hugging Face, which transformers reads.

A SentencePiece model is written with a tokenizer.json. Without that,
transformers 5 makes a tokenizer from spiece.model that gives other ids: it cuts
out symbols of the vocabulary such as "." before it looks at words, and loses
the "▁" before them ("journey ." becomes "▁journey" ".", but the model was
trained with "▁journey" "▁" "."). This changes 843 of the 872 dev sentences of
SST-2; with tokenizer.json, all are the same.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from data_pipeline.text import tokenizers
from data_pipeline.text.pieces import protos
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import special_pieces
from data_pipeline.text.pieces import tokenizer_settings

# Score of a piece that must never be chosen: below any sum of other scores.
_NEVER = -1e6


def files(
    tokenizer: tokenizers.Tokenizer, max_seq_length: int
) -> dict[str, bytes]:
    """The content of the files, by name.

    WordPiece follows BertTokenizer's own rules; wordpiece.py says how they
    differ from Google's. Ids may differ in a few scripts: transformers'
    StripAccents also removes vowel signs of Indic scripts, and its Lowercase
    never makes a ς.

    Args:
        tokenizer: the tokenizer to write.
        max_seq_length: maximum number of tokens of a row.

    Raises:
        ValueError: the vocabulary is a SentencePiece model of a kind that
            transformers cannot represent.
    """
    settings = tokenizer.settings
    specials = {
        role: tokenizer.pieces[i]
        for role, i in zip(
            special_pieces.ROLES, tokenizer.model.special_ids, strict=True
        )
    }
    config: dict[str, Any] = {
        # The class of transformers that uses tokenizer.json unchanged;
        # AlbertTokenizer would build another one.
        "tokenizer_class": "PreTrainedTokenizerFast",
        **{f"{role}_token": piece for role, piece in specials.items()},
        "do_lower_case": settings.lower_case,
        "model_max_length": max_seq_length,
        # transformers 5 leaves the segments of pairs out by default.
        "model_input_names": [
            "input_ids",
            "token_type_ids",
            "attention_mask",
        ],
    }
    if settings.kind == "wordpiece":
        config |= {
            "tokenizer_class": "BertTokenizer",
            "strip_accents": settings.strip_accents,
            "tokenize_chinese_chars": settings.split_ideographs,
        }
        lines = "".join(f"{piece}\n" for piece in tokenizer.pieces)
        found = {"vocab.txt": lines.encode()}
    elif settings.kind == "unigram":
        found = {tokenizer_settings.FILE_NAME: tokenizer.vocabulary}
    else:
        config["keep_accents"] = settings.normalization != "albert"
        found = {
            "spiece.model": tokenizer.vocabulary,
            tokenizer_settings.FILE_NAME: _json(
                to_json(tokenizer, specials), None
            ),
        }
    return {**found, "tokenizer_config.json": _json(config, 2)}


def to_json(
    tokenizer: tokenizers.Tokenizer, specials: Mapping[str, str]
) -> dict[str, Any]:
    """The content of tokenizer.json for a SentencePiece model.

    ALBERT's rule that a comma after a digit is a piece of its own is expressed
    by scores: pieces that end in a digit and a comma are never chosen.

    Args:
        tokenizer: a tokenizer with a SentencePiece model.
        specials: the special pieces, by role.
    """
    model = tokenizer.model
    assert isinstance(model, sentencepieces.SentencePieceModel), model
    if not protos.is_usual(tokenizer.vocabulary):
        raise ValueError(
            "A SentencePiece model must be a Unigram model with "
            "add_dummy_prefix, remove_extra_whitespaces and escape_whitespaces "
            "to be written for transformers. Received: a model without one of "
            "these. Leave huggingface out of --formats."
        )
    underline = {
        "type": "Metaspace",
        "replacement": "▁",
        "prepend_scheme": "always",
        "split": True,
    }
    ids = {piece: tokenizer.pieces.index(piece) for piece in specials.values()}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": piece,
                "single_word": False,
                # "a [MASK] b": the space before it is not a piece of its own.
                "lstrip": piece == specials["mask"],
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for piece, number in sorted(ids.items(), key=lambda item: item[1])
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": _normalizers(tokenizer),
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "WhitespaceSplit"}, underline],
        },
        "post_processor": _template(specials["cls"], specials["sep"], ids),
        "decoder": underline,
        "model": {
            "type": "Unigram",
            "unk_id": tokenizer.unk_id,
            "vocab": [
                [piece, _NEVER if i in model.expansions else model.score(i)]
                for i, piece in enumerate(tokenizer.pieces)
            ],
            "byte_fallback": any(
                map(model.is_byte, range(len(tokenizer.pieces)))
            ),
        },
    }


def _normalizers(tokenizer: tokenizers.Tokenizer) -> list[dict[str, Any]]:
    settings = tokenizer.settings
    steps: list[dict[str, Any]] = []
    if settings.normalizer().rewrite_quotes:
        steps += [
            {"type": "Replace", "pattern": {"String": old}, "content": '"'}
            for old in ("``", "''")
        ]
    if settings.normalization == "albert":
        steps += [{"type": "NFKD"}, {"type": "StripAccents"}]
    if settings.lower_case:
        steps.append({"type": "Lowercase"})
    charsmap = protos.charsmap(tokenizer.vocabulary)
    if charsmap:
        text = base64.b64encode(charsmap).decode()
        steps.append({"type": "Precompiled", "precompiled_charsmap": text})
    return steps


def _template(cls: str, sep: str, ids: Mapping[str, int]) -> dict[str, Any]:
    """[CLS] a [SEP], or [CLS] a [SEP] b [SEP]."""

    def special(piece: str, segment: int) -> dict[str, Any]:
        return {"SpecialToken": {"id": piece, "type_id": segment}}

    def text(name: str, segment: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": segment}}

    single = [special(cls, 0), text("A", 0), special(sep, 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special(sep, 1)],
        "special_tokens": {
            piece: {"id": piece, "ids": [ids[piece]], "tokens": [piece]}
            for piece in (cls, sep)
        },
    }


def _json(values: dict[str, Any], indent: int | None) -> bytes:
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    return (text + "\n").encode()
