"""Reads the WordPiece tokenizers of Hugging Face's tokenizer.json."""

from typing import Any

from data_pipeline.text.pieces import tokenizer_json


def vocabulary(parsed: dict[str, Any]) -> bytes:
    """The vocabulary as the content of a vocab.txt."""
    model = parsed["model"]
    for name, only in (
        ("continuing_subword_prefix", "##"),
        ("max_input_chars_per_word", 100),
    ):
        if model.get(name, only) != only:
            raise tokenizer_json.NotUnderstood(f"model.{name}", model[name])
    vocab = model.get("vocab")
    if not isinstance(vocab, dict):
        raise tokenizer_json.NotUnderstood("model.vocab", vocab)
    pieces = {**vocab}
    for token in tokenizer_json.added_tokens(parsed):
        pieces.setdefault(token["content"], token["id"])
    if sorted(map(str, pieces.values())) != sorted(
        map(str, range(len(pieces)))
    ):
        raise tokenizer_json.NotUnderstood(
            "model.vocab (ids from 0, each once)", len(pieces)
        )
    lines = [
        # No word contains white space or U+FFFD, so it matches neither piece.
        piece if piece.split() == [piece] else f"\ufffd{pieces[piece]}"
        for piece in sorted(pieces, key=pieces.__getitem__)
    ]
    return ("\n".join(lines) + "\n").encode()


def rules(parsed: dict[str, Any]) -> dict[str, Any]:
    """The settings of BertNormalizer, by the names of TokenizerSettings."""
    steps = [
        *tokenizer_json.parts(
            parsed.get("normalizer"), "normalizer", "normalizers"
        )
    ]
    if len(steps) != 1 or steps[0][1].get("type") != "BertNormalizer":
        raise tokenizer_json.NotUnderstood(
            "normalizer", parsed.get("normalizer")
        )
    step = steps[0][1]
    if step.get("clean_text", True) is not True:
        raise tokenizer_json.NotUnderstood(
            "normalizer.clean_text", step["clean_text"]
        )
    words = parsed.get("pre_tokenizer")
    if words != {"type": "BertPreTokenizer"}:
        raise tokenizer_json.NotUnderstood("pre_tokenizer", words)
    return {
        "lower_case": step.get("lowercase", True),
        "strip_accents": step.get("strip_accents"),
        "split_ideographs": step.get("handle_chinese_chars", True),
    }
