"""BERT's words and WordPiece as TensorFlow operations."""

from collections.abc import Callable

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
        self._lower_case = lower_case
        self._words = unicode_tables.word_map(lower_case)
        self._punctuation = unicode_tables.punctuation_map()
        if lower_case:
            self._sigma_contexts = unicode_tables.sigma_contexts()
        self._pieces = pieces_of_words(model)

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        codes = tf.strings.unicode_decode(texts, "UTF-8")  # [B, None]
        codes = graph_normalize.map_characters(codes, self._words)
        if self._lower_case:
            codes = graph_normalize.lower_sigmas(codes, self._sigma_contexts)
        codes = graph_normalize.map_characters(codes, self._punctuation)
        words = tf.strings.split(tf.strings.unicode_encode(codes, "UTF-8"))
        ids, _, _ = self._pieces(words.flat_values)  # [all words, None]
        return words.with_flat_values(ids).merge_dims(1, 2)


def pieces_of_words(
    model: wordpiece.WordPieceModel,
) -> Callable[[tf.Tensor], tuple[tf.RaggedTensor, tf.Tensor, tf.Tensor]]:
    """A function of words, string [W].

    It gives ids, int32 [W, None], and of ids.flat_values the first byte in its
    word and the one behind the last, int64. [UNK] stands for the whole word.

    Raises:
        ValueError: U+FFFD is a piece.
    """
    if _NO_WORD in model.pieces:
        raise ValueError(
            "A WordPiece vocabulary for graphs does not hold U+FFFD. "
            f"Received it as piece {model.pieces.index(_NO_WORD)}. No text "
            "can produce it: replace the line by [unused]."
        )
    pieces = tf_text.FastWordpieceTokenizer(
        model.pieces,
        unknown_token="[UNK]",
        max_bytes_per_word=4 * wordpiece.MAX_WORD_CHARACTERS,
        token_out_type=tf.int32,
        no_pretokenization=True,
    )

    def tokenize(words):
        length = tf.strings.length(words, "UTF8_CHAR")
        too_long = length > wordpiece.MAX_WORD_CHARACTERS
        ids, starts, ends = pieces.tokenize_with_offsets(
            tf.where(too_long, _NO_WORD, words)
        )
        of = graph_normalize.rows_of(ids.row_splits)
        size = tf.cast(tf.strings.length(words), tf.int64)
        ends = tf.where(
            tf.gather(too_long, of), tf.gather(size, of), ends.flat_values
        )
        return ids, starts.flat_values, ends

    return tokenize
