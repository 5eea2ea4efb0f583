"""BERT's words and WordPiece as TensorFlow operations."""

from collections.abc import Callable

import tensorflow as tf
import tensorflow_text as tf_text

from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.pieces import unicode_tables
from data_pipeline.text.pieces import wordpiece

# No text contains it after step 1 of wordpiece.py, so no vocabulary needs it.
_NO_WORD = "\ufffd"


class GraphWordPiece(tf.Module):
    """string [B] -> int32 [B, None], equal to `model.encode_batch`.

    There is one exception: if accents are stripped, NFD sorts adjacent marks by
    class. Only 25 of the characters that it sorts are not dropped afterwards
    (musical stems, Hangul tone marks, Vietnamese reading marks), and here they
    keep the order of the text.

    Args:
        model: the tokenizer's model.

    Raises:
        ValueError: U+FFFD is a piece, which here stands for too long words.
    """

    def __init__(self, model: wordpiece.WordPieceModel) -> None:
        super().__init__(name="graph_wordpiece")
        self._rules = model.rules
        self._words = unicode_tables.word_map(model.rules)
        self._punctuation = unicode_tables.punctuation_map()
        if model.rules.finds_final_sigmas:
            self._sigma_contexts = unicode_tables.sigma_contexts()
        self._pieces = pieces_of_words(model)

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        codes = tf.strings.unicode_decode(texts, "UTF-8")  # [B, None]
        codes = without_private(codes, self._rules)
        codes = graph_normalize.map_characters(codes, self._words)
        if self._rules.finds_final_sigmas:
            codes = graph_normalize.lower_sigmas(codes, self._sigma_contexts)
        codes = graph_normalize.map_characters(codes, self._punctuation)
        words = tf.strings.split(tf.strings.unicode_encode(codes, "UTF-8"))
        ids, _, _ = self._pieces(words.flat_values)  # [all words, None]
        return words.with_flat_values(ids).merge_dims(1, 2)


def without_private(
    codes: tf.RaggedTensor, rules: wordpiece.Rules
) -> tf.RaggedTensor:
    """Replaces private-use characters that the tables do not cover, in int32
    [B, None], with U+FFFD, which step 1 removes."""
    if not rules.huggingface:
        return codes
    flat = codes.flat_values
    return codes.with_flat_values(tf.where(flat >= 0xF0000, 0xFFFD, flat))


def pieces_of_words(
    model: wordpiece.WordPieceModel,
) -> Callable[[tf.Tensor], tuple[tf.RaggedTensor, tf.Tensor, tf.Tensor]]:
    """Makes a function from words, string [W], to their pieces.

    It returns ids, int32 [W, None], and for ids.flat_values the start and end
    in the word, int64, in bytes. The unknown piece stands for the whole word.

    Raises:
        ValueError: U+FFFD is a piece.
    """
    if _NO_WORD in model.pieces:
        raise ValueError(
            "A WordPiece vocabulary for graphs must not hold U+FFFD. "
            f"Received: U+FFFD as piece {model.pieces.index(_NO_WORD)}. No "
            "text can produce it, so replace its line with [unused]."
        )
    _, unk_id, *_ = model.special_ids
    limit = model.rules.max_word_characters
    pieces = tf_text.FastWordpieceTokenizer(
        [  # special pieces are changed so that no word matches them
            piece + _NO_WORD if i in model.special_ids else piece
            for i, piece in enumerate(model.pieces)
        ],
        unknown_token=model.pieces[unk_id] + _NO_WORD,
        max_bytes_per_word=4 * limit,
        token_out_type=tf.int32,
        no_pretokenization=True,
    )

    def tokenize(
        words: tf.Tensor,
    ) -> tuple[tf.RaggedTensor, tf.Tensor, tf.Tensor]:
        length = tf.strings.length(words, "UTF8_CHAR")
        too_long = length > limit
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
