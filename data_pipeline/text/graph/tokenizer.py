"""The tokenizer as TensorFlow operations, for tf.data and SavedModels."""

from collections.abc import Callable

import tensorflow as tf

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import normalize as graph_normalize
from data_pipeline.text.graph import sentencepiece
from data_pipeline.text.graph import unigram as graph_unigram
from data_pipeline.text.graph import wordpiece as graph_wordpiece
from data_pipeline.text.pieces import normalize
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import unigram
from data_pipeline.text.pieces import wordpiece

MASK = "[MASK]"
_TEXTS = tf.TensorSpec([None], tf.string)


class GraphTokenizer(tf.Module):
    """Computes the ids of `tokenizer.encode_batch` in a graph.

    Works eagerly, inside `tf.data.Dataset.map` (batch first: it takes string
    [B]) and as part of an exported SavedModel, which then holds vocabulary and
    tables and needs no other file. The process that loads such a SavedModel
    must `import tensorflow_text`, which has the operations.

    Bytes that are not UTF-8 count as U+FFFD, one for each maximal broken part,
    as in Python's `bytes.decode("utf-8", "replace")`.

    Args:
        tokenizer: the tokenizer with these ids.

    Raises:
        ValueError: "," is neither a piece nor cut off from unknown characters,
            so the digit-comma rule cannot be written as a table.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__(name="graph_tokenizer")
        self._mask_id = tokenizer.mask_id
        if isinstance(tokenizer.model, wordpiece.WordPieceModel):
            self._encode = graph_wordpiece.GraphWordPiece(tokenizer.model)
        else:
            self._encode = _GraphSentencePiece(tokenizer)

    @tf.function(input_signature=[_TEXTS])
    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """string [B] -> int32 [B, None], without [CLS] and [SEP]."""
        # Strings are on the host; on a GPU each step would cross the bus.
        with tf.device("CPU"):
            return self._encode(texts)

    @tf.function(input_signature=[_TEXTS])
    def with_masks(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Does the same as a call, but turns every literal [MASK] into mask_id.

        The texts between them are tokenized separately. SentencePiece begins
        every text with a space, so a piece right after [MASK] starts a word:
        "[MASK]ing" and "[MASK] ing" give the same ids, and so do "re[MASK]"
        and "re [MASK]". [MASK] stands for one piece; whether that starts a word
        is for the model to predict.
        """
        with tf.device("CPU"):
            parts = tf.strings.split(texts, MASK)  # [B, parts]
            ids = self._encode(parts.flat_values)  # [all parts, None]
            # A mask follows every part but the last of its text.
            is_last = tf.scatter_nd(
                parts.row_splits[1:, tf.newaxis] - 1,
                tf.ones([parts.nrows()], tf.int64),
                [parts.row_splits[-1]],
            )
            masks = tf.RaggedTensor.from_row_lengths(
                tf.fill([tf.reduce_sum(1 - is_last)], self._mask_id),
                1 - is_last,
            )
            ids = tf.concat([ids, masks], axis=1)
            return parts.with_flat_values(ids).merge_dims(1, 2)


class _GraphSentencePiece(tf.Module):
    """string [B] -> int32 [B, None] with a SentencePiece model."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__(name="graph_sentencepiece")
        model = tokenizer.model
        assert isinstance(model, sentencepieces.SentencePieceModel), model
        if not model.table_is_complete:
            raise ValueError(
                'Unknown pieces must not end in "," in a graph, where the '
                "digit-comma rule is a table from piece to pieces. Received: a "
                "vocabulary where one can. Train a unigram or BPE model with "
                '"," among the user_defined_symbols.'
            )
        self._normalize: Callable[[tf.Tensor], tf.Tensor]
        if isinstance(model.normalizer, unigram.Normalizer):
            self._normalize = graph_unigram.GraphNormalizer(model.normalizer)
        else:
            assert isinstance(model.normalizer, normalize.Normalizer)
            self._normalize = graph_normalize.GraphNormalizer(model.normalizer)
        self._processor = sentencepiece.tokenizer(model.model)
        rows = [model.expansions.get(i, [i]) for i in range(model.size)]
        self._split_digit_comma = tf.ragged.constant(  # [size, 1 or more]
            rows, dtype=tf.int32, row_splits_dtype=tf.int64
        )

    def __call__(self, texts: tf.Tensor) -> tf.RaggedTensor:
        ids = self._processor.tokenize(self._normalize(texts))  # [B, None]
        split = tf.gather(self._split_digit_comma, ids.flat_values)
        return ids.with_flat_values(split).merge_dims(1, 2)
