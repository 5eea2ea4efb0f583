"""Ids to text as TensorFlow operations, for models that write."""

from collections.abc import Callable

import tensorflow as tf

from data_pipeline.text import tokenizers
from data_pipeline.text.graph import sentencepiece
from data_pipeline.text.pieces import sentencepieces
from data_pipeline.text.pieces import wordpiece


class GraphDetokenizer(tf.Module):
    """Computes the texts of `tokenizer.decode` in a graph.

    The process that loads a SavedModel with it must `import tensorflow_text`,
    as for GraphTokenizer.

    Args:
        tokenizer: the tokenizer with these ids.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        super().__init__(name="graph_detokenizer")
        hidden = {*tokenizer.model.special_ids} - {tokenizer.unk_id}
        self._is_shown = tf.constant(
            [i not in hidden for i in range(tokenizer.vocab_size)]
        )
        self._decode: Callable[[tf.RaggedTensor], tf.Tensor]
        if isinstance(tokenizer.model, wordpiece.WordPieceModel):
            self._decode = _WordPieces(tokenizer.model)
        else:
            self._decode = _SentencePieces(tokenizer.model)

    def __call__(self, ids: tf.RaggedTensor) -> tf.Tensor:
        """int32 [B, None] -> string [B]."""
        # Strings are on the host; on a GPU each step would cross the bus.
        with tf.device("CPU"):
            is_shown = tf.gather(self._is_shown, ids)
            return self._decode(tf.ragged.boolean_mask(ids, is_shown))


class _SentencePieces(tf.Module):
    def __init__(self, model: sentencepieces.SentencePieceModel) -> None:
        super().__init__()
        self._processor = sentencepiece.tokenizer(model.model)
        self._starts_with_space = model.is_prepared

    def __call__(self, ids: tf.RaggedTensor) -> tf.Tensor:
        texts = self._processor.detokenize(ids)
        if self._starts_with_space:
            texts = tf.strings.regex_replace(texts, r"\A ", "")
        return texts


class _WordPieces(tf.Module):
    def __init__(self, model: wordpiece.WordPieceModel) -> None:
        super().__init__()
        self._pieces = tf.constant(model.pieces)
        self._unspaced = model.rules.unspaced

    def __call__(self, ids: tf.RaggedTensor) -> tf.Tensor:
        pieces = tf.gather(self._pieces, ids)
        texts = tf.strings.reduce_join(pieces, axis=-1, separator=" ")
        texts = tf.strings.regex_replace(texts, " ##", "")
        for pattern in self._unspaced:
            texts = tf.strings.regex_replace(texts, pattern, r"\1")
        return texts
