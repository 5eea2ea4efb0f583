"""Trains SentencePiece's unigram model with ALBERT's special pieces."""

import io
import re
from collections.abc import Iterable

import sentencepiece

# Source: the README of google-research/albert, and its issue 149.
CONTROL_SYMBOLS = ["[CLS]", "[SEP]", "[MASK]"]
USER_DEFINED_SYMBOLS = ["(", ")", '"', "-", ".", "–", "£", "€"]
CHARACTER_COVERAGE = 0.99995

# In bytes. SentencePiece skips longer sentences; here they are split.
LONGEST_SENTENCE = 4192


def train(sentences: Iterable[str], *, vocab_size: int) -> bytes:
    """Trains a unigram model; returns the serialized SentencePiece model.

    Args:
        sentences: normalized sentences of at most LONGEST_SENTENCE bytes, all
            of which are used.
        vocab_size: number of pieces, special ones included.
    Raises:
        ValueError: there is no text, or too little for `vocab_size`.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type="unigram",
            vocab_size=vocab_size,
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            pad_piece="<pad>",
            unk_piece="<unk>",
            control_symbols=CONTROL_SYMBOLS,
            user_defined_symbols=USER_DEFINED_SYMBOLS,
            character_coverage=CHARACTER_COVERAGE,
            max_sentence_length=LONGEST_SENTENCE,
            shuffle_input_sentence=False,
            minloglevel=1,
        )
    except RuntimeError as error:
        raise ValueError(
            "The text must yield the number of pieces asked for. Received: "
            f"vocab_size={vocab_size}, and {_what_it_yields(str(error))}"
        ) from None
    return model.getvalue()


def _what_it_yields(message: str) -> str:
    """Rewords a message of SentencePiece about a text, and adds advice."""
    if most := re.search(r"set it to a value <= (\d+)", message):
        return (
            f"a text that yields at most {most[1]} pieces. Lower --vocab_size "
            "or give more text."
        )
    if least := re.search(r"required_chars\. \d+ vs (\d+)", message):
        return (
            f"a text whose characters alone are {least[1]} pieces. Raise "
            "--vocab_size."
        )
    return f"SentencePiece says: {' '.join(message.split())}"
