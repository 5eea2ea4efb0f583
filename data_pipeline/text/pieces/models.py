"""Makes the model of a tokenizer, which finds the pieces of a text."""

from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import tokenizer_settings
from data_pipeline.text.pieces import unigram_model
from data_pipeline.text.pieces import wordpiece


def make(
    vocabulary: bytes, settings: tokenizer_settings.TokenizerSettings
) -> sentencepieces.SentencePieceModel | wordpiece.WordPieceModel:
    """Makes the model of a vocabulary.

    Raises:
        ValueError: the vocabulary is of another kind than the settings say, or
            lacks a special piece.
    """
    if settings.kind == "wordpiece":
        rules = wordpiece.Rules(
            lower_case=settings.lower_case,
            strip_accents=settings.removes_accents,
            split_ideographs=settings.split_ideographs,
            huggingface=settings.variant == "huggingface",
        )
        return wordpiece.WordPieceModel(
            vocabulary, rules, settings.special_pieces
        )
    if settings.kind == "unigram":
        return unigram_model.make(vocabulary, settings.special_pieces)
    return sentencepieces.SentencePieceModel(
        vocabulary,
        settings.normalizer(),
        keep_inserted_underline=settings.variant == "google_py3",
        split_commas=settings.variant != "keras_hub",
        special_names=settings.special_pieces,
    )
