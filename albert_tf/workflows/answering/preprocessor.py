"""albert_tf.preprocessor: texts to a model's inputs, as a Keras layer."""

import base64
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from albert_tf.interop import loading
from albert_tf.runs import run_checkpoint
from data_pipeline.answers import token_rows
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers
from data_pipeline.text.graph import tokenizer as graph_tokenizer
from data_pipeline.text.pieces import tokenizer_settings

_NAMES = ("token_ids", "segment_ids", "padding_mask")


@keras.saving.register_keras_serializable(package="albert_tf")
class TextPreprocessor(keras.layers.Layer):
    """A layer from texts, or pairs of texts, to the inputs of AlbertEncoder.

    Make one with `albert_tf.preprocessor`. It works on tensors, inside a
    keras.Model, and in tf.data.Dataset.map after batching. A `.keras` file
    holds the vocabulary; before such a file is loaded,
    `from albert_tf import TextPreprocessor` must have been run.

    Args:
        vocabulary: bytes of the tokenizer's vocabulary, in base64.
        settings: of the tokenizer, by name.
        max_seq_length: tokens of the longest row; what is longer is cut, of a
            pair the longer text first.
    Inputs: string [B], or a tuple of two of these.
    Outputs: a dict of int32 [B, S]: token_ids, segment_ids (0 or 1) and
        padding_mask (1 at tokens); S is the length of the longest row.
    Raises:
        ValueError: the inputs are not batches of strings.

    Example:
        >>> layer = albert_tf.preprocessor("run")  # doctest: +SKIP
        >>> rows = layer(["A warm film.", "Dull."])  # doctest: +SKIP
        >>> rows["token_ids"].shape  # doctest: +SKIP
        TensorShape([2, 6])
    """

    def __init__(
        self,
        vocabulary: str,
        settings: Mapping[str, Any],
        max_seq_length: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        tokenizer = tokenizers.Tokenizer(
            base64.b64decode(vocabulary),
            tokenizer_settings.TokenizerSettings(**_as_tuples(settings)),
        )
        self.max_seq_length = max_seq_length
        self._config = {"vocabulary": vocabulary, "settings": dict(settings)}
        self._tokenizer = graph_tokenizer.GraphTokenizer(tokenizer)
        self._special = (tokenizer.cls_id, tokenizer.sep_id)
        self._pieces = tokenizer.pieces
        # XLA has no strings, and Keras would convert them one by one.
        self.supports_jit = False
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self.built = True

    def call(self, inputs):
        parts = [self._tokenizer(text) for text in _texts(inputs)]
        cut = token_rows.cut(parts, self.max_seq_length)
        return token_rows.lay_out(cut, *self._special)

    def pieces(self, token_ids: Any) -> list[list[str]]:
        """The pieces of rows, to look at them.

        Args:
            token_ids: int [B, S].
        Returns:
            For each row, S pieces. One that starts a word begins with "▁".
        Raises:
            ValueError: the ids are not rows of ids of the vocabulary.

        Example:
            >>> layer = albert_tf.preprocessor("run")  # doctest: +SKIP
            >>> rows = layer(["A warm film."])  # doctest: +SKIP
            >>> layer.pieces(rows["token_ids"])[0]  # doctest: +SKIP
            ['[CLS]', '▁a', '▁warm', '▁film', '.', '[SEP]']
        """
        ids, size = np.asarray(token_ids), len(self._pieces)
        if ids.ndim != 2 or not np.all((0 <= ids) & (ids < size)):
            raise ValueError(
                f"Ids must be rows, [B, S], of numbers from 0 to {size - 1}. "
                f"Received: {ids!r:.100}. Give token_ids of this layer."
            )
        return [[self._pieces[i] for i in row] for row in ids]

    def compute_output_spec(self, inputs):
        """What Keras asks for where texts are symbolic."""
        first = inputs[0] if isinstance(inputs, list | tuple) else inputs
        return {
            name: keras.KerasTensor((first.shape[0], None), "int32")
            for name in _NAMES
        }

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            **self._config,
            "max_seq_length": self.max_seq_length,
        }


def preprocessor(
    name: str | os.PathLike, *, max_seq_length: int | None = None
) -> TextPreprocessor:
    """A Keras layer from texts to the inputs of a model.

    Args:
        name: a run, an export, or anything that `albert_tf.load` reads, with
            its vocabulary; or the folder of a tokenizer.
        max_seq_length: tokens of the longest row; by default, as many as the
            model was fine-tuned with, or as it has positions.
    Returns:
        A `TextPreprocessor`.
    Raises:
        ValueError: nothing says what the vocabulary is.
        FileNotFoundError: there is no such model.

    Example:
        A head of your own on an encoder. The encoder's outputs are vectors,
        and this Dense layer gives logits, so the loss has from_logits=True:

        >>> encoder = albert_tf.load("pretrained").encoder  # doctest: +SKIP
        >>> texts = keras.Input(shape=(), dtype="string")
        >>> rows = albert_tf.preprocessor("run")(texts)  # doctest: +SKIP
        >>> pooled = encoder(rows)["pooled_output"]  # doctest: +SKIP
        >>> logits = keras.layers.Dense(2)(pooled)  # doctest: +SKIP
        >>> model = keras.Model(texts, logits)  # doctest: +SKIP
        >>> model.compile(
        ...     optimizer=keras.optimizers.Adam(2e-5),
        ...     loss=keras.losses.SparseCategoricalCrossentropy(
        ...         from_logits=True
        ...     ),
        ... )  # doctest: +SKIP
    """
    path = run_checkpoint.find(name)
    folder = saved_tasks.folder_of(path)
    tokenizer = saved_tasks.tokenizer(None, folder)
    length = max_seq_length or saved_tasks.read(folder).max_seq_length
    if length is None:
        length = loading.open_source(path).config.max_position_embeddings
    if length < 8:
        raise ValueError(
            f"max_seq_length must be at least 8. Received: {length}."
        )
    return TextPreprocessor(
        base64.b64encode(tokenizer.vocabulary).decode(),
        tokenizer_settings.as_dict(tokenizer.settings),
        length,
    )


def _texts(inputs: Any) -> Sequence[tf.Tensor]:
    """One or two batches of strings."""
    parts = [inputs]
    if isinstance(inputs, list | tuple) and not any(
        isinstance(each, str | bytes) for each in inputs
    ):
        parts = list(inputs)
    try:
        texts = [tf.convert_to_tensor(part, tf.string) for part in parts]
    except (TypeError, ValueError):
        texts = []
    is_tuple = isinstance(inputs, tuple) and len(parts) == 1
    if (
        len(texts) not in (1, 2)
        or is_tuple
        or any(text.shape.rank != 1 for text in texts)
    ):
        raise ValueError(
            "Texts must be a batch of strings, [B], or a tuple of two such "
            "batches for pairs. Received: "
            f"{inputs!r:.100} ({type(inputs).__name__}). Give a list of texts, "
            "or keras.Input(shape=(), dtype='string')."
        )
    return texts


def _as_tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings from JSON, which has lists only."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
    }
