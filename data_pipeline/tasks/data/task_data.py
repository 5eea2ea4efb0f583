"""The parts of one task, read and encoded when they are first wanted."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import outcomes
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import batch_plan
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import labels_where_known
from data_pipeline.tasks.data import parts
from data_pipeline.tasks.results import evaluation_details
from data_pipeline.tasks.saved import class_names
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.scoring import baselines
from data_pipeline.text import tokenizer as tokenizer_lib

# What more than one item in a row can be told apart for.
_CAN_PACK = ("classification", "multilabel", "regression", "tagging")


class Encoded(NamedTuple):
    """A part and its features."""

    part: parts.Part
    features: features_lib.Features


class Outcome(NamedTuple):
    """What a model says of a part: predictions of all examples, outputs."""

    predicted: list
    outputs: dict[str, np.ndarray]


class TaskData:
    """Reads and encodes parts, once each.

    Args:
        task: of the table.
        source: where its data is.
        labels: the classes, in the order of the model's outputs.
        tokenizer: of the model.
        settings: lengths.
        lengths: that rows are padded to.
        num_workers, cache_dir: as of `encode.features`.
        pack: whether rows hold several texts.
        any_length: as of `input.batches`, in training.
        train: the training part, if it was read.
        evaluation_parts, test_parts: names of those with and without labels.
        **span_options: of `outcomes.predictions`.
    Attributes:
        threshold: null score above which a question has no answer.
        scheme: of the tags of the training data, in which others are given.
    Raises:
        ValueError: texts of this kind of task cannot be packed.
    """

    def __init__(
        self,
        task: table.Task,
        source: parts.Source,
        labels: Sequence[str],
        tokenizer: tokenizer_lib.Tokenizer,
        settings: encode.Settings,
        lengths: tuple[int, ...],
        *,
        num_workers: int = 1,
        cache_dir: str | None = None,
        pack: bool = False,
        any_length: bool = False,
        train: parts.Part | None = None,
        evaluation_parts: tuple[str, ...] = ("dev",),
        test_parts: tuple[str, ...] = ("test",),
        **span_options,
    ):
        if pack and task.kind not in _CAN_PACK:
            raise ValueError(
                "--pack must be used with tasks of these kinds: "
                f"{', '.join(_CAN_PACK)}. Received: {task.name}, whose kind is "
                f"{task.kind}: its rows are full or belong together. Leave it "
                "out; rows are padded to their own length anyway."
            )
        self.task, self._source, self.tokenizer = task, source, tokenizer
        self._settings, self.lengths = settings, lengths
        self._num_workers, self._cache_dir = num_workers, cache_dir
        self.pack, self.any_length = pack, any_length
        self._span_options = span_options
        self._parts: dict[tuple[str, bool], Encoded] = {}
        self._checked: dict[str, parts.Part] = {}
        self._baselines: dict[str, baselines.Baseline] = {}
        self.train = train
        self.labels = list(labels)
        if task.kind == "tagging":
            self.labels = class_names.as_bio(labels)
        self.evaluation_parts = evaluation_parts
        self.test_parts = test_parts
        self.threshold = 0.0
        self.scheme = train.scheme if train else "none"

    @property
    def num_classes(self) -> int:
        return 1 if self.task.kind == "regression" else len(self.labels)

    @property
    def metric(self) -> str:
        """The main one: of tags that mark no entities the accuracy."""
        if self.task.kind == "tagging" and self.scheme == "none":
            return "accuracy"
        return self.task.metric

    @property
    def saved_row(self) -> dict:
        """What task.json says of the task, of which `train` was read."""
        known = (example for example in self.train.examples if example)
        num_texts = len(getattr(next(known), "texts", ("",)))
        return saved_tasks.row(self.task, self.labels, self.scheme, num_texts)

    def get(self, name: str, *, labelled: bool = True) -> Encoded:
        """A part by name; labelled: whether it must have labels."""
        key = (name, labelled)
        if key not in self._parts:
            part = self.train if name == "train" else None
            if labelled:
                part = part or self._checked.pop(name, None)
            part = part or self._read(name, labelled)
            self._parts[key] = self.encode(part)
        return self._parts[key]

    def check(self, name: str, *, labelled: bool) -> None:
        """Reads a part, for its errors; `get` encodes labelled ones later."""
        part = self._read(name, labelled)
        if labelled:
            self._checked[name] = part

    def to_predict(self, name: str) -> parts.Part:
        """A part to predict, as `labels_where_known.read` has it."""
        return labels_where_known.read(
            self.task,
            name,
            self._source,
            labels=self.labels,
            scheme=self.scheme if self.labels else None,
        )

    def whole(self, name: str) -> parts.Part:
        """A labelled part as it is read."""
        return self._read(name, True)

    def sample(self, name: str, max_examples: int) -> Encoded:
        """The first examples of a labelled part."""
        part = self.whole(name)
        return self.encode(
            dataclasses.replace(
                part,
                examples=part.examples[:max_examples],
                ids=part.ids[:max_examples],
            )
        )

    def _read(self, name: str, labelled: bool) -> parts.Part:
        return parts.read(
            self.task,
            name,
            self._source,
            labelled=labelled,
            labels=self.labels,
            scheme=self.scheme if self.labels else None,
        )

    def encode(self, part: parts.Part) -> Encoded:
        """A part that was read, or made of texts."""
        features = encode.features(
            self.task,
            part,
            self.labels,
            self.tokenizer,
            self._settings,
            num_workers=self._num_workers,
            on_bad_row=self._source.on_bad_row,
            cache_dir=self._cache_dir,
        )
        return Encoded(part, features)

    def exists(self, name: str) -> bool:
        return parts.exists(self.task, name, self._source)

    def fingerprint(self, name: str) -> str:
        """Of the examples of a labelled part, which is read, not encoded."""
        if name == "train" and self.train:
            return encode.fingerprint(self.train.examples)
        return encode.fingerprint(self._read(name, True).examples)

    def evaluation_plan(
        self, encoded: Encoded, batch_size: int
    ) -> list[tuple[int, np.ndarray]]:
        """Each item once, as of `batch_plan.in_order`."""
        return batch_plan.in_order(
            encoded.features.lengths, self.lengths, batch_size, self.pack
        )

    def outcome(
        self, encoded: Encoded, outputs: dict[str, np.ndarray]
    ) -> Outcome:
        predicted = outcomes.predictions(
            self.task, *encoded, outputs, self.labels, **self._span_options
        )
        return Outcome(predicted, outputs)

    def score(
        self, encoded: Encoded, outcome: Outcome, threshold: float | None
    ) -> dict[str, float]:
        return outcomes.score(
            self.task,
            encoded.part,
            outcome.predicted,
            self.labels,
            threshold,
        )

    def baseline(self, name: str) -> baselines.Baseline:
        """Of a labelled part; made once."""
        if name not in self._baselines:
            self._baselines[name] = baselines.of(
                self.task, *self.get(name), self.labels
            )
        return self._baselines[name]

    def details(
        self, encoded: Encoded, outcome: Outcome, threshold: float | None
    ) -> tuple[dict, list[dict]]:
        """As of `evaluation_details.of`."""
        return evaluation_details.of(
            self.task, *encoded, *outcome, self.labels, threshold
        )

    def write(
        self,
        folder: str,
        encoded: Encoded,
        outcome: Outcome,
        threshold: float | None,
    ) -> None:
        """Writes the predictions of a part."""
        outcomes.write(
            folder,
            self.task,
            encoded.part,
            outcome.predicted,
            self.labels,
            outputs=outcome.outputs,
            made=encoded.features,
            threshold=threshold,
            scheme=self.scheme,
        )
