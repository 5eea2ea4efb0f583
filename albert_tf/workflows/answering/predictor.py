"""albert_tf.predictor: texts in and answers out."""

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sized
from typing import Any

from albert_tf import kinds
from albert_tf.seq2seq import options as options_lib
from albert_tf.workflows.answering import answers
from albert_tf.workflows.answering import batches
from albert_tf.workflows.answering import inputs as inputs_lib
from albert_tf.workflows.answering import source as source_lib
from data_pipeline.io import progress

# Of a text that is read whole, in as many rows as it takes, all at once.
_MAX_WHOLE_BYTES = 100_000


class Predictor:
    """A model that answers texts. Make one with `albert_tf.predictor`.

    Attributes:
        kind: kind of the model's task, such as "classification";
            "pretraining" for a model that fills in masks.
        labels: names of the classes, in the order of the answers; () where
            there are none.
        inputs: the keys of an input; also their order in a tuple.

    Example:
        >>> predictor = albert_tf.predictor("run")  # doctest: +SKIP
        >>> predictor.labels  # doctest: +SKIP
        ('negative', 'positive')
        >>> predictor(["A warm film.", "Dull."])[1]["label"]  # doctest: +SKIP
        'negative'
    """

    def __init__(
        self,
        source: source_lib.Source,
        *,
        top_k: int | None = None,
        threshold: float | None = None,
        explain: bool = False,
    ) -> None:
        self._source = source
        self._top_k, self._threshold = top_k, threshold
        self._explain = source.signature("explain") if explain else None
        self._text = source.signature("text")
        self._has_words = "words" in source.signatures and not explain
        answers.check_settings({*self._text.outputs}, top_k, threshold)
        kind = kinds.KINDS.get(source.kind or "")
        self._reader = inputs_lib.Reader(
            self._text,
            source.signature("words") if self._has_words else None,
            kind.may_be_empty if kind else (),
            _MAX_WHOLE_BYTES if kind and kind.reads_whole_text else None,
        )
        self.kind = source.kind
        self.labels = source.labels
        self.inputs = self._reader.names

    def __call__(self, inputs: Any) -> Any:
        """Answers one input or several.

        Args:
            inputs: one input, which is a string, or, for models that read
                more than one, a tuple or a dict of the strings in `inputs`;
                or several: a list, an array, a pandas Series, an iterator, or
                a tf.data.Dataset of inputs or of batches of them. A tagger
                also takes {"words": [...]}.
        Returns:
            A dict for one input; a list of dicts, in order, for several; for
            an iterator or a dataset an iterator of dicts, which reads about
            1,000 inputs ahead.
        Raises:
            ValueError: an input is of another form, or a text is empty.

        Example:
            >>> predictor = albert_tf.predictor("run")  # doctest: +SKIP
            >>> predictor("A warm and funny film.")  # doctest: +SKIP
            {'label': 'positive', 'labels': ['negative', 'positive'], ...}
        """
        inputs = inputs_lib.unwrapped(inputs)
        if self._reader.is_one(inputs):
            return self._answers([self._reader.row(inputs, "")])[0]
        several = self._reader.several(inputs)
        rows = (
            self._reader.row(each, place)
            for place, each in inputs_lib.places(several)
        )
        if isinstance(several, Sized):
            # All are read before the first is answered.
            return list(self._stream([*rows], len(several)))
        return self._stream(rows, None)

    def _stream(
        self, rows: Iterable[inputs_lib.Row], total: int | None
    ) -> Iterator[answers.Answer]:
        with contextlib.ExitStack() as stack:
            bar = None
            for chunk in batches.chunks(rows):
                if bar is None and (total or len(chunk)) > batches.ROWS:
                    bar = stack.enter_context(
                        progress.Progress("inputs", total)
                    )
                yield from self._answers(chunk, bar)

    def _answers(
        self,
        rows: list[inputs_lib.Row],
        bar: progress.Progress | None = None,
    ) -> list[answers.Answer]:
        found: list[answers.Answer] = [{} for _ in rows]
        for name in ("text", "words"):
            numbers = [n for n, row in enumerate(rows) if self._is(name, row)]
            if not numbers:
                continue
            chosen = [rows[n] for n in numbers]
            for batch, outputs in batches.run(
                self._source.signature(name), chosen
            ):
                for place, output in zip(batch, outputs, strict=True):
                    found[numbers[place]] = self._shown(answers.plain(output))
                if bar:
                    bar.update(len(batch))
        if self._explain:
            for batch, outputs in batches.run(
                self._explain, rows, explains=True
            ):
                for place, output in zip(batch, outputs, strict=True):
                    found[place]["explanation"] = answers.plain(output)
        return found

    def _is(self, signature: str, row: inputs_lib.Row) -> bool:
        return ("words" in row) == (signature == "words")

    def _shown(self, answer: answers.Answer) -> answers.Answer:
        answer = answers.without_label(answer)
        if self._threshold is not None:
            answer = answers.above(answer, self._threshold)
        if self._top_k is not None:
            answer = answers.best(answer, self._top_k)
        return answer


def predictor(
    name: str | os.PathLike,
    *,
    top_k: int | None = None,
    threshold: float | None = None,
    explain: bool = False,
    which: str | None = None,
    task: str | None = None,
    spm_model_file: str | os.PathLike | None = None,
    decoding: options_lib.DecodingOptions | None = None,
) -> Predictor:
    """Loads a model that answers texts.

    Answers have the keys of an export's signature `text`, which are those of
    the HTTP server: for example label, labels and probabilities of a
    classifier. Those of a calibrated model may also have none_of_these, with
    which the label is None, best_label, and prediction_set.

    Args:
        name: a run, an export, or anything that `albert_tf.load` reads.
        top_k: number of classes, the likeliest first, of pieces for a mask (5
            at most), or of texts that are written; by default, all classes in
            their order, 5 pieces, and all texts that the search keeps.
        threshold: classification: the label is None if its probability is
            below (default: the one of the calibration, if there is one);
            several labels: the probability above which a label is chosen
            (default: those of the calibration, or 0.5); tagging: entities
            whose probability is below are left out; questions: the null score
            above which there is no answer (default: the one that evaluation
            found).
        explain: whether answers also have `explanation`, the importance of
            each piece, as in the signature `explain` of an export.
        which: "best" or "last" checkpoint of a run.
        task: the task that answers, for a run of several tasks.
        spm_model_file: the vocabulary, a SentencePiece model or a vocab.txt,
            of weights that have none beside them.
        decoding: how a model that writes texts does so; by default, as in its
            run, with all texts of the search. Not for exports, which write as
            they were exported.
    Returns:
        A `Predictor`, a function of texts.
    Raises:
        ValueError: the model cannot answer, or a setting does not fit it.
        FileNotFoundError: there are no weights.

    Example:
        >>> predictor = albert_tf.predictor("run", top_k=1)  # doctest: +SKIP
        >>> predictor("A warm and funny film.")  # doctest: +SKIP
        {'label': '1', 'labels': ['1'], 'probabilities': [0.98], ...}
    """
    vocabulary = None if spm_model_file is None else os.fspath(spm_model_file)
    source = source_lib.find(
        os.fspath(name),
        which=which,
        task=task,
        spm_model_file=vocabulary,
        decoding=decoding,
    )
    return Predictor(source, top_k=top_k, threshold=threshold, explain=explain)
