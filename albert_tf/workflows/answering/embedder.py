"""albert_tf.embedder: texts in and embeddings out."""

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sized
from typing import Any

import numpy as np

from albert_tf.embedding import vectors
from albert_tf.workflows.answering import batches
from albert_tf.workflows.answering import embedding_source
from albert_tf.workflows.answering import inputs as inputs_lib
from albert_tf.workflows.answering import vector_rows
from data_pipeline.io import progress as progress_lib

_INPUT, _OUTPUT = "texts", "embeddings"
# Texts that are put in order of length together.
_CHUNK = 8192


class Embedder:
    """A model that turns texts into vectors, whose cosines say how alike the
    texts are. Make one with `albert_tf.embedder`.

    Attributes:
        name: the name that it was made with.
        size: D, the size of an embedding.
        max_seq_length: number of tokens of the longest text that is read
            whole; longer ones are cut at the end.
        prompts: texts by name, such as "query", that `encode` can put before
            texts.
        normalizes: whether the model itself scales embeddings to length 1.
        fingerprint: hex SHA-256 of the weights, the tokenizer and the settings.
            Embeddings of models with the same fingerprint can be compared.
            A run, its export and its conversion have the same one.

    Example:
        >>> embedder = albert_tf.embedder("run")  # doctest: +SKIP
        >>> embedder.encode(["A warm film.", "Dull."]).shape  # doctest: +SKIP
        (2, 768)
        >>> embedder.similarity("A film.", ["A movie."])  # doctest: +SKIP
        array([[0.87]], dtype=float32)
    """

    def __init__(self, source: embedding_source.EmbeddingSource) -> None:
        self._text = source.text
        self._reader = inputs_lib.Reader(self._text, None, (_INPUT,), None)
        self.name = source.name
        self.size = source.size
        self.max_seq_length = source.max_seq_length
        self.prompts: Mapping[str, str] = dict(source.settings.prompts)
        self.normalizes = source.settings.normalize
        self.fingerprint = source.fingerprint

    def encode(
        self,
        texts: str | Iterable[str],
        *,
        batch_size: int = batches.ROWS,
        normalize: bool | None = None,
        progress: bool | None = None,
        prompt: str | None = None,
        dims: int | None = None,
    ) -> np.ndarray:
        """The embeddings of texts.

        Texts are run in order of length; only one part of them is in memory
        at a time, besides the result.

        Args:
            texts: a list, a pandas Series, an iterator, or a tf.data.Dataset
                of strings; or one string. A text may be empty.
            batch_size: texts of a batch at most.
            normalize: whether to scale embeddings to length 1. Default: as
                the model does. False leaves the model's own vectors, which
                have length 1 anyway if the model scales.
            progress: whether to show a bar, or lines in the log. Default: for
                more texts than one batch.
            prompt: what to put before each text: a name in `prompts`, or the
                text itself, which ends in a space or punctuation.
            dims: number of leading dimensions to keep, for a model trained
                with Matryoshka dimensions. They are scaled to length 1 again
                if the model scales, or as `normalize` says.
        Returns:
            float32 [N, D], in the order of the texts; [D] for one string.
        Raises:
            ValueError: a text is not a string, or a setting is out of range.

        Example:
            >>> embedder = albert_tf.embedder("run")  # doctest: +SKIP
            >>> embedder.encode(["A warm film.", ""]).shape  # doctest: +SKIP
            (2, 768)
        """
        texts = inputs_lib.unwrapped(texts)
        if is_one := isinstance(texts, str | bytes):
            texts = [texts]
        found = vector_rows.Rows(
            len(texts) if isinstance(texts, Sized) else None
        )
        for chunk in self.encode_chunks(
            texts,
            batch_size=batch_size,
            normalize=normalize,
            progress=progress,
            prompt=prompt,
            dims=dims,
        ):
            found.add(chunk)
        array = found.array(dims or self.size)
        return array[0] if is_one else array

    def encode_chunks(
        self,
        texts: Iterable[str],
        *,
        batch_size: int = batches.ROWS,
        normalize: bool | None = None,
        progress: bool | None = None,
        prompt: str | None = None,
        dims: int | None = None,
    ) -> Iterator[np.ndarray]:
        """The embeddings of texts, part by part, so that memory does not grow
        with their number.

        Args: as for `encode`, without single strings.
        Yields:
            float32 [n, D], the embeddings of the next n texts, which are 8,192
            or fewer.
        Raises:
            ValueError: as for `encode`.

        Example:
            >>> embedder = albert_tf.embedder("run")  # doctest: +SKIP
            >>> with open("texts.txt") as lines:  # doctest: +SKIP
            ...     sum(len(c) for c in embedder.encode_chunks(lines))
            10000000
        """
        self._check(batch_size, dims)
        start = self._start(prompt)
        is_unit = self.normalizes if normalize is None else normalize
        given, total = texts, None
        if isinstance(texts, Sized):
            total = len(texts)
            given = self._reader.several(texts) if total else ()
        else:
            given = self._reader.several(texts)
        return self._chunks(
            given, total, batch_size, progress, start, dims, is_unit
        )

    def similarity(self, a: Any, b: Any) -> np.ndarray:
        """The cosines of embeddings.

        Args:
            a, b: texts, as for `encode`, or embeddings, float [N, D] and
                [M, D].
        Returns:
            float32 [N, M]; a single text or vector counts as one row.
        Raises:
            ValueError: embeddings have another size, or hold NaN.

        Example:
            >>> embedder = albert_tf.embedder("run")  # doctest: +SKIP
            >>> embedder.similarity(["a"], ["b", "c"]).shape  # doctest: +SKIP
            (1, 2)
        """
        left, right = self._unit_rows(a), self._unit_rows(b)
        if left.shape[1] != right.shape[1]:
            raise ValueError(
                "Embeddings must have the same size to be compared. Received: "
                f"{left.shape[1]} and {right.shape[1]}. Use the same `dims`."
            )
        return left @ right.T

    def _chunks(
        self,
        texts: Iterable[Any],
        total: int | None,
        batch_size: int,
        progress: bool | None,
        start: bytes,
        dims: int | None,
        is_unit: bool,
    ) -> Iterator[np.ndarray]:
        rows = (
            self._reader.row(each, place)
            for place, each in inputs_lib.places(texts)
        )
        if start:
            rows = ({_INPUT: start + row[_INPUT]} for row in rows)
        with contextlib.ExitStack() as stack:
            bar = None
            for chunk in batches.chunks(rows, _CHUNK):
                if bar is None and (
                    progress
                    or progress is None
                    and (total or len(chunk)) > batch_size
                ):
                    bar = stack.enter_context(
                        progress_lib.Progress(_INPUT, total)
                    )
                found = np.empty([len(chunk), self.size], np.float32)
                for numbers, outputs in batches.outputs_of(
                    self._text, chunk, most=batch_size
                ):
                    found[numbers] = outputs[_OUTPUT]
                    if bar:
                        bar.update(len(numbers))
                if dims is not None:
                    found = found[:, :dims]
                if is_unit and not (self.normalizes and dims is None):
                    found = vectors.unit(found)
                yield np.ascontiguousarray(found)

    def _check(self, batch_size: int, dims: int | None) -> None:
        for name, value, most in (
            ("batch_size", batch_size, None),
            ("dims", self.size if dims is None else dims, self.size),
        ):
            if (
                isinstance(value, bool)
                or not isinstance(value, int | np.integer)
                or value < 1
                or (most is not None and value > most)
            ):
                limit = f"from 1 to {most}" if most else "of at least 1"
                raise ValueError(
                    f"`{name}` must be a whole number {limit}. Received: "
                    f"{value!r}."
                )

    def _start(self, prompt: str | None) -> bytes:
        if prompt is None:
            return b""
        if isinstance(prompt, str):
            if prompt in self.prompts:
                return self.prompts[prompt].encode()
            if not prompt[-1:].isalnum():
                return prompt.encode()
        known = ", ".join(map(repr, self.prompts)) or "no names"
        raise ValueError(
            f"`prompt` must be a name that the model knows ({known}), or a "
            "text that ends in a space or punctuation, such as 'query: '. "
            f"Received: {prompt!r:.80}."
        )

    def _unit_rows(self, given: Any) -> np.ndarray:
        """Texts or embeddings as embeddings of length 1, float32 [N, D]."""
        array = given if hasattr(given, "dtype") else None
        if array is not None and np.dtype(array.dtype).kind in "fiu":
            array = np.atleast_2d(np.asarray(array, np.float32))
            if array.ndim != 2 or not np.isfinite(array).all():
                raise ValueError(
                    "Embeddings must be finite numbers [N, D]. Received: an "
                    f"array of the shape {list(array.shape)}, with "
                    f"{int((~np.isfinite(array)).sum())} of its values not "
                    "finite."
                )
            return vectors.unit(array)
        return np.atleast_2d(vectors.unit(self.encode(given)))


def embedder(
    name: str | os.PathLike,
    *,
    which: str | None = None,
    task: str | None = None,
    spm_model_file: str | os.PathLike | None = None,
) -> Embedder:
    """Loads a model that turns texts into embeddings.

    Args:
        name: a run, an export, a folder of sentence-transformers, or anything
            that `albert_tf.load` reads. A model that was not trained for
            embeddings gives the means of its tokens' vectors, scaled to length
            1, and the log says so.
        which: "best" or "last" checkpoint of a run.
        task: the task whose head to use, for a run of several tasks.
        spm_model_file: the vocabulary, a SentencePiece model or a vocab.txt,
            of weights that have none beside them.
    Returns:
        An `Embedder`.
    Raises:
        ValueError: the model has no vocabulary, or a setting does not fit it.
        FileNotFoundError: there are no weights.

    Example:
        >>> embedder = albert_tf.embedder("run")  # doctest: +SKIP
        >>> embedder.encode(["A warm film."]).shape  # doctest: +SKIP
        (1, 768)
    """
    vocabulary = None if spm_model_file is None else os.fspath(spm_model_file)
    source = embedding_source.find(
        os.fspath(name), which=which, task=task, spm_model_file=vocabulary
    )
    return Embedder(source)
