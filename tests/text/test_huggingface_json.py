"""A tokenizer.json in a Hugging Face folder, beside a vocabulary."""

import json
import os

import pytest

from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import huggingface_files
from data_pipeline.text import tokenizers

QUOTES = [
    {"type": "Replace", "pattern": {"String": old}, "content": '"'}
    for old in ("``", "''")
]
STRIP = [{"type": "NFKD"}, {"type": "StripAccents"}]
LOWER = [{"type": "Lowercase"}]
METASPACE = {
    "type": "Metaspace",
    "replacement": "▁",
    "prepend_scheme": "always",
}


def unigram(steps, **changes):
    return {
        "model": {"type": "Unigram", "unk_id": 1, "vocab": [["▁", 0]]},
        "normalizer": {"type": "Sequence", "normalizers": steps},
        "pre_tokenizer": METASPACE,
        **changes,
    }


def bert(**changes):
    return {
        "model": {"type": "WordPiece", "vocab": {}},
        "normalizer": {"type": "BertNormalizer", **changes},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
    }


@pytest.mark.parametrize(
    "steps, settings",
    [
        ([*QUOTES, *STRIP, *LOWER], (True, "huggingface", "albert")),
        ([*STRIP, *LOWER], (True, "albert", "albert")),
        ([*QUOTES, *LOWER], (True, "huggingface", "none")),
        ([*STRIP], (False, "albert", "albert")),
    ],
)
def test_a_tokenizer_json_beside_the_model(write_folder, steps, settings):
    # As exports write it: transformers runs the file as it is.
    folder = write_folder(
        "spiece.model",
        tokenizer=unigram(steps),
        tokenizer_config={"tokenizer_class": "PreTrainedTokenizerFast"},
    )
    found = tokenizers.load(folder).settings
    assert found.kind == "sentencepiece"
    assert (found.lower_case, found.variant, found.normalization) == settings


def test_a_tokenizer_json_that_gives_other_ids_is_run(
    write_folder, make, model
):
    # As transformers 4.39 and later save it: "(" is cut out of the text first.
    tokenizer = make(model)
    made = json.loads(huggingface_files.files(tokenizer, 8)["tokenizer.json"])
    theirs = {"tokenizer_class": "PreTrainedTokenizerFast"}
    folder = write_folder(
        "spiece.model", tokenizer=made, tokenizer_config=theirs
    )
    assert tokenizers.load(folder).settings.kind == "sentencepiece"
    number = tokenizer.pieces.index("(")
    token = {"id": number, "content": "(", "normalized": False}
    made["added_tokens"].append(token)
    folder = write_folder(
        "spiece.model", tokenizer=made, tokenizer_config=theirs
    )
    found = saved_tasks.tokenizer(None, folder)
    assert found.settings.kind == "unigram"
    assert found.encode("a (b") != tokenizer.encode("a (b")
    named = tokenizers.load(os.path.join(folder, "spiece.model"))
    assert named.encode("a (b") == tokenizer.encode("a (b")


@pytest.mark.parametrize(
    "vocabulary, tokenizer, config, key",
    [
        ("spiece.model", unigram([*STRIP]), {}, "do_lower_case"),
        ("spiece.model", unigram([*LOWER]), {}, "keep_accents"),
        (
            "spiece.model",
            unigram([*STRIP, *LOWER]),
            {"do_lower_case": False},
            "do_lower_case",
        ),
        ("vocab.txt", bert(lowercase=False), {}, "do_lower_case"),
        (
            "vocab.txt",
            bert(lowercase=True, handle_chinese_chars=False),
            {"tokenizer_class": "BertTokenizer"},
            "tokenize_chinese_chars",
        ),
    ],
)
def test_files_that_disagree(write_folder, vocabulary, tokenizer, config, key):
    folder = write_folder(
        vocabulary, tokenizer=tokenizer, tokenizer_config=config
    )
    with pytest.raises(ValueError, match=f"must agree on {key}"):
        tokenizers.load(folder)
