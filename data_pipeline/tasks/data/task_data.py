"""The splits of a task, read and encoded on first use."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.batches import evaluation_plan
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import labels_where_known
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.tasks.scoring import baselines
from data_pipeline.text import tokenizers


class TaskData:
    """The data of a task. Each split is read and encoded once.

    Args:
        task: a task of the table, or a user's own.
        source: where its data is.
        labels: the classes, in the order of the model's outputs.
        tokenizer: the model's tokenizer.
        row_lengths: maximum lengths of rows and of texts in them, in tokens.
        lengths: lengths that rows are padded to.
        num_workers, cache_dir: as in `encode.features`.
        pack: whether to pack several texts into a row.
        any_length: as in `input_pipeline.batches`, in training.
        train: the training split, if it has been read.
        evaluation_splits, test_splits: names of the splits to evaluate on and
            to predict.
        answer_options: how answers to questions are chosen; None: defaults.
        group_columns: columns by which reports group the evaluated rows.
    Attributes:
        kind: the task's kind.
        source: where the data is.
        training_source: where the model's training data is.
        threshold: null score above which a question has no answer.
        scheme: tagging scheme of the training data, and of predictions.
        calibration: that of the model that predicts; None if it has none.
    Raises:
        ValueError: examples of this kind cannot be packed.
    """

    def __init__(
        self,
        task: table.Task,
        source: splits.DataSource,
        labels: Sequence[str],
        tokenizer: tokenizers.Tokenizer,
        row_lengths: max_lengths.RowLengths,
        lengths: tuple[int, ...],
        *,
        num_workers: int = 1,
        cache_dir: str | None = None,
        pack: bool = False,
        any_length: bool = False,
        train: splits.Split | None = None,
        evaluation_splits: tuple[str, ...] = ("dev",),
        test_splits: tuple[str, ...] = ("test",),
        answer_options: task_kind.AnswerOptions | None = None,
        group_columns: tuple[str, ...] = (),
    ) -> None:
        self.kind = kinds.of(task)
        if pack and not self.kind.can_pack:
            able = [name for name, k in kinds.KINDS.items() if k.can_pack]
            raise ValueError(
                "--pack must be used with tasks of these kinds only: "
                f"{', '.join(able)}. Received: {task.name}, whose kind is "
                f"{task.kind} and whose rows are full or belong together. "
                "Leave --pack out; rows are grouped by length anyway."
            )
        self.task, self.source, self.tokenizer = task, source, tokenizer
        self.training_source, self.group_columns = source, group_columns
        self.row_lengths, self.lengths = row_lengths, lengths
        self._num_workers, self._cache_dir = num_workers, cache_dir
        self.pack, self.any_length = pack, any_length
        self._answer_options = dataclasses.replace(
            answer_options or task_kind.AnswerOptions(), tokenizer=tokenizer
        )
        self._splits: dict[tuple[str, bool], task_kind.Encoded] = {}
        self._checked: dict[str, splits.Split] = {}
        self._baselines: dict[str, baselines.Baseline] = {}
        self.train = train
        self.labels = self.kind.model_labels(labels)
        self.evaluation_splits = evaluation_splits
        self.test_splits = test_splits
        self.threshold = 0.0
        self.calibration: calibrations.Calibration | None = None
        self.scheme = train.scheme if train else "none"

    @property
    def num_classes(self) -> int:
        return self.kind.num_classes(self.labels)

    def metric_of(self, split: splits.Split) -> str:
        """The name of the main metric of a labeled split; raises ValueError if
        it cannot be evaluated on."""
        return self.kind.main_metric(self.task, split.scheme)

    @property
    def saved_row(self) -> dict:
        """The task's entry in task.json.

        Raises:
            ValueError: the training split has not been read.
        """
        if self.train is None:
            raise ValueError(
                f"The training data of {self.task.name} must be read before "
                "task.json is written. Received: None. Give TaskData `train`."
            )
        known = (example for example in self.train.examples if example)
        texts = (
            () if self.kind.reads_apart else getattr(next(known), "texts", ())
        )
        num_texts = len(texts) or 1
        return saved_tasks.row(self.task, self.labels, self.scheme, num_texts)

    def get(self, name: str, *, labelled: bool = True) -> task_kind.Encoded:
        """A split and its features.

        Args:
            name: name of the split.
            labelled: whether to read labels, which are then required.
        """
        key = (name, labelled)
        if key not in self._splits:
            split = self.train if name == "train" else None
            if labelled:
                split = split or self._checked.pop(name, None)
            split = split or self._read(name, labelled)
            self._splits[key] = self.encode(split)
        return self._splits[key]

    def check(self, name: str, *, labelled: bool) -> splits.Split:
        """Reads a split to report its malformed rows; `get` encodes it later,
        without reading it again if it has labels."""
        split = self._read(name, labelled)
        if labelled:
            self.metric_of(split)
            self._checked[name] = split
        return split

    def to_predict(self, name: str) -> splits.Split:
        """A split to predict, as `labels_where_known.read` returns it."""
        return labels_where_known.read(
            self.task,
            name,
            self.source,
            labels=self._readable,
            scheme=self.scheme if self.labels else None,
        )

    def whole(self, name: str) -> splits.Split:
        """A labeled split, read and not encoded."""
        return self._read(name, True)

    def sample(self, name: str, max_examples: int) -> task_kind.Encoded:
        """The first examples of a labeled split, and their features."""
        split = self.whole(name)
        return self.encode(
            dataclasses.replace(
                split,
                examples=split.examples[:max_examples],
                ids=split.ids[:max_examples],
            )
        )

    def _read(self, name: str, labelled: bool) -> splits.Split:
        return split_files.read(
            self.task,
            name,
            self.source,
            labelled=labelled,
            labels=self._readable,
            scheme=self.scheme if self.labels else None,
        )

    @property
    def _readable(self) -> list[str]:
        """The labels that files may have."""
        none = calibrations.none_label(self.calibration)
        return [*self.labels, none] if none else list(self.labels)

    def encode(self, split: splits.Split) -> task_kind.Encoded:
        """A split and its features."""
        features = encode.features(
            self.task,
            split.without_label(calibrations.none_label(self.calibration)),
            self.labels,
            self.tokenizer,
            self.row_lengths,
            num_workers=self._num_workers,
            on_bad_row=self.source.on_bad_row,
            cache_dir=self._cache_dir,
        )
        if self.pack:
            encode.check_room(features, self.lengths[-1], split.path)
        encode.log_cuts(features, self.row_lengths, split.path)
        return task_kind.Encoded(split, features)

    def exists(self, name: str) -> bool:
        return split_files.exists(self.task, name, self.source)

    def fingerprint(self, name: str) -> str:
        """The SHA-256 of a labeled split's examples, which are not encoded."""
        if name == "train" and self.train:
            return encode.fingerprint(self.train.examples)
        return encode.fingerprint(self._read(name, True).examples)

    def evaluation_plan(
        self, encoded: task_kind.Encoded, batch_size: int
    ) -> list[tuple[int, np.ndarray]]:
        """Each item once, as in `evaluation_plan.in_order`."""
        pack = self.pack and self.kind.packs_evaluation
        return evaluation_plan.in_order(
            encoded.features.lengths_of_items(pack),
            self.lengths,
            batch_size,
            pack,
        )

    def predictions(
        self, encoded: task_kind.Encoded, outputs: Mapping[str, np.ndarray]
    ) -> task_kind.Predictions:
        """The predictions for a split, from a model's outputs by item, which
        are calibrated if the model has a calibration."""
        options = self._answer_options
        if self.calibration is not None:
            outputs = self.calibration.applied(outputs)
            none = calibrations.none_label(self.calibration)
            options = dataclasses.replace(options, none_label=none)
        predicted = self.kind.predict(encoded, outputs, self.labels, options)
        return task_kind.Predictions(predicted, outputs)

    def score(
        self,
        encoded: task_kind.Encoded,
        predictions: task_kind.Predictions,
        threshold: float | None,
    ) -> dict[str, float]:
        """The official metrics of predictions for a split."""
        return self.kind.score(
            self.task,
            encoded.split,
            predictions.predicted,
            self.labels,
            threshold,
        )

    def baseline(self, name: str) -> baselines.Baseline:
        """The baseline of a labeled split, computed once."""
        if name not in self._baselines:
            self._baselines[name] = self.kind.baseline(
                self.task, self.get(name), self.labels
            )
        return self._baselines[name]

    def details(
        self,
        encoded: task_kind.Encoded,
        predictions: task_kind.Predictions,
        threshold: float | None,
    ) -> tuple[dict, list[dict]]:
        """The details of an evaluation, see `Kind.details`."""
        return self.kind.details(
            self.task, encoded, predictions, self.labels, threshold
        )

    def write(
        self,
        folder: str,
        encoded: task_kind.Encoded,
        predictions: task_kind.Predictions,
        threshold: float | None,
    ) -> list[str]:
        """Writes the predictions for a split and returns the paths."""
        return self.kind.write(
            folder,
            self.task,
            encoded,
            predictions,
            self.labels,
            threshold,
            self.scheme,
        )
