"""BERT's words and WordPiece as TensorFlow operations."""

import tensorflow as tf
import tensorflow_text as tf_text

from data_pipeline.text import graph_normalize
from data_pipeline.text import unicode_tables
from data_pipeline.text import wordpiece

# Not in any text after step 1 of wordpiece.py, so no vocabulary needs it.
_NO_WORD = "\ufffd"


class GraphWordPiece(tf.Module):
    """string [B] -> int32 [B, None], equal to `model.encode_batch`.

    One exception: with `lower_case`, NFD sorts neighbouring marks by class.
    Only 25 of the characters that are sorted are not dropped afterwards
    (musical stems, Hangul tone marks, Vietnamese reading marks), and here
    they keep the order of the text.

    Args:
        model: the tokenizer's model.
        lower_case: as the model has it.

    Raises:
        ValueError: U+FFFD is a piece; it marks over-long words here.
    """

    def __init__(
        self, model: wordpiece.WordPieceModel, *, lower_case: bool
    ) -> None:
        super().__init__(name="graph_wordpiece")
        if _NO_WORD in model.pieces:
            raise ValueError(
                "A WordPiece vocabulary for graphs does not hold U+FFFD. "
                f"Received it as piece {model.pieces.index(_NO_WORD)}. No text "
                "can produce it: replace the line by [unused]."
            )
        self._lower_case = lower_case
        self._words = unicode_tables.word_map(lower_case)
        self._punctuation = unicode_tables.punctuation_map()
        if lower_case:
            self._sigma_contexts = unicode_tables.sigma_contexts()
        self._pieces = tf_text.FastWordpieceTokenizer(
            model.pieces,
            unknown_token="[UNK]",
            max_bytes_per_word=4 * wordpiece.MAX_WORD_CHARACTERS,
            token_out_type=tf.int32,
            no_pretokenization=True,
        )

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        codes = tf.strings.unicode_decode(texts, "UTF-8")  # [B, None]
        codes = graph_normalize.map_characters(codes, self._words)
        if self._lower_case:
            codes = graph_normalize.lower_sigmas(codes, self._sigma_contexts)
        codes = graph_normalize.map_characters(codes, self._punctuation)
        words = tf.strings.split(tf.strings.unicode_encode(codes, "UTF-8"))
        flat = words.flat_values
        length = tf.strings.length(flat, "UTF8_CHAR")
        too_long = length > wordpiece.MAX_WORD_CHARACTERS
        flat = tf.where(too_long, _NO_WORD, flat)
        ids = self._pieces.tokenize(flat)  # [all words, None]
        return words.with_flat_values(ids).merge_dims(1, 2)
