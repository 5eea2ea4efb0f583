"""A model's tasks according to its files, and the labels that follow."""

import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.calibration import calibrations
from data_pipeline.tasks.saved import class_names
from data_pipeline.tasks.tags import label_schemes


@dataclasses.dataclass(frozen=True)
class KnownTasks:
    """A model's tasks according to the files beside it.

    Attributes:
        tasks: by name, a dict with kind (None if no file states it), labels
            (in the order of the model's outputs), num_texts (2 for pairs),
            scheme (the tagging scheme of its training data),
            null_score_threshold (may be None), and calibration (only if there
            is one; see `calibrations.Calibration`).
        max_seq_length: the maximum row length in its training; None if not
            known.
        num_classes: number of classes of its head; 0 if not known.
    """

    tasks: dict[str, dict]
    max_seq_length: int | None = None
    num_classes: int = 0

    def of(self, task: table.Task) -> dict:
        """The entry of a task; {} if there is none.

        The entry of the model's only task also counts if its kind is the
        same: a model for MNLI can predict ax.
        """
        rows = list(self.tasks.values())
        row = self.tasks.get(task.name) or (rows[0] if len(rows) == 1 else None)
        return row if row and row["kind"] in (None, task.kind) else {}

    def scheme(
        self, task: table.Task, given: Sequence[str] | None = None
    ) -> str:
        """A tagger's tagging scheme.

        Args:
            task: the task that the model is used for.
            given: the names of the classes, as in `labels`.
        """
        if given:
            return label_schemes.scheme_of(given)
        return self.of(task).get("scheme", "none")

    def threshold(self, task: table.Task) -> float:
        """The null score above which a question has no answer."""
        return self.of(task).get("null_score_threshold") or 0.0

    def calibration(self, task: table.Task) -> calibrations.Calibration | None:
        """The calibration of the task, if there is one."""
        return calibrations.of_row(self.of(task))

    def labels(
        self, task: table.Task, given: Sequence[str] | None = None
    ) -> list[str]:
        """The task's labels in the order of the model's outputs.

        The labels of a published task are matched with the model's own names,
        see `class_names.in_order`.

        Args:
            task: the task that the model is used for.
            given: the names of the classes, instead of those in the files.
        Raises:
            ValueError: the model is for another kind of task, has other
                classes, or its classes have no names.
        """
        row = self.of(task)
        known = {row["kind"] for row in self.tasks.values()} - {None}
        if not row and len(self.tasks) == 1 and known:
            raise ValueError(
                "A model must be used for tasks of its own kind. Received: "
                f"{task.name}, a task of the kind {task.kind}, and a model for "
                f"{', '.join(known)}. For your own data, use "
                f"--task_name=custom --task_type={known.pop()}."
            )
        if given and (
            not kinds.of(task).has_class_names or len(set(given)) < len(given)
        ):
            raise ValueError(
                "--labels must name each class once, and be left out for tasks "
                f"without classes. Received: {','.join(given)} for "
                f"{task.name}, a task of the kind {task.kind}."
            )
        if not kinds.of(task).has_class_names:
            return []
        names = list(given or row.get("labels") or ())
        if names and self.num_classes not in (0, len(names)):
            raise ValueError(
                f"Each of the model's {self.num_classes} classes must have a "
                f"name. Received: {len(names)} names: {', '.join(names)}. Name "
                "all classes with --labels, in the order of the model's "
                "outputs."
            )
        if names and task.labels:
            return class_names.in_order(task, names)
        return names or self._unnamed(task)

    def _unnamed(self, task: table.Task) -> list[str]:
        """The assumed labels of classes that no file names."""
        labels = list(task.labels)
        if not labels and kinds.of(task).numbers_classes:
            labels = [str(number) for number in range(self.num_classes)]
        if not labels or self.num_classes not in (0, len(labels)):
            count = f" with {self.num_classes} classes" * bool(self.num_classes)
            raise ValueError(
                f"The classes of a model for {task.name} must have names. "
                f"Received: a model{count} without a task.json and without "
                "names in its config.json. Name them with --labels, in the "
                "order of the model's outputs, or fine-tune the model."
            )
        if self.num_classes:
            logging.warning(
                "No file names the model's classes, which are assumed to be "
                "%s, in this order. If they are not, name them with --labels.",
                ", ".join(labels),
            )
        return labels

    def in_models_order(
        self, task: table.Task, labels: Sequence[str]
    ) -> list[str]:
        """Labels of training data, in the order of this model's outputs if it
        has the same labels, so that its head keeps its meaning."""
        names = self.of(task).get("labels") or ()
        if len(names) != len(labels):
            return list(labels)
        try:
            theirs = self.labels(task)
        except ValueError:
            theirs = list(names)
        if sorted(theirs) == sorted(labels):
            return theirs
        logging.warning(
            "The model that training starts from has the same number of "
            "classes with other names: %s. Its head is used for %s.",
            ", ".join(names),
            ", ".join(labels),
        )
        return list(labels)
