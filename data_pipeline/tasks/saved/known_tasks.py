"""What files say of a model's tasks, and the labels that follow from it."""

import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import kinds
from data_pipeline.tasks import table
from data_pipeline.tasks.saved import class_names
from data_pipeline.tasks.tags import label_schemes


@dataclasses.dataclass(frozen=True)
class KnownTasks:
    """What the files beside a model say of its tasks.

    tasks: by name, a dict with kind (None if no file says it), labels (in the
        order of the model's outputs), num_texts (2: pairs), the scheme of tags
        that it was trained on, and null_score_threshold or None.
    max_seq_length: that the model was trained with, or None.
    num_classes: of the model's head; 0 if not known.
    """

    tasks: dict[str, dict]
    max_seq_length: int | None = None
    num_classes: int = 0

    def of(self, task: table.Task) -> dict:
        """The row of a task, or that of the only one, if that is of its kind:
        a model of MNLI also answers ax; {} where there is none."""
        rows = list(self.tasks.values())
        row = self.tasks.get(task.name) or (rows[0] if len(rows) == 1 else None)
        return row if row and row["kind"] in (None, task.kind) else {}

    def scheme(
        self, task: table.Task, given: Sequence[str] | None = None
    ) -> str:
        """The scheme of a tagger's tags.

        Args:
            task: that the model is used for.
            given: the names of the classes, as in `labels`.
        """
        if given:
            return label_schemes.scheme_of(given)
        return self.of(task).get("scheme", "none")

    def threshold(self, task: table.Task) -> float:
        return self.of(task).get("null_score_threshold") or 0.0

    def labels(
        self, task: table.Task, given: Sequence[str] | None = None
    ) -> list[str]:
        """The task's labels in the order of the model's outputs.

        Labels of a published task meet the model's own names as
        `class_names.in_order` says.

        Args:
            task: that the model is used for.
            given: the names of the classes, in place of those that files say.
        Raises:
            ValueError: the model is of another kind or has other classes, or
                nothing says what they are.
        """
        row = self.of(task)
        known = {row["kind"] for row in self.tasks.values()} - {None}
        if not row and len(self.tasks) == 1 and known:
            raise ValueError(
                "A model must be used for tasks of its kind. Received: "
                f"{task.name}, which is {task.kind}, and a model for "
                f"{', '.join(known)}. Data of your own takes "
                f"--task_name=custom --task_type={known.pop()}."
            )
        if given and (
            not kinds.of(task).has_class_names or len(set(given)) < len(given)
        ):
            raise ValueError(
                "--labels must name each class once, and be left out where "
                f"there are none. Received: {','.join(given)}, for "
                f"{task.name}, which is {task.kind}."
            )
        if not kinds.of(task).has_class_names:
            return []
        names = list(given or row.get("labels") or ())
        if names and self.num_classes not in (0, len(names)):
            raise ValueError(
                f"Each of the model's {self.num_classes} classes must have a "
                f"name. Received: {len(names)}, {', '.join(names)}. Name all, "
                "in the order of the model's outputs, with --labels."
            )
        if names and task.labels:
            return class_names.in_order(task, names)
        return names or self._unnamed(task)

    def _unnamed(self, task: table.Task) -> list[str]:
        """What is taken for granted of classes that no file names."""
        labels = list(task.labels)
        if not labels and kinds.of(task).numbers_classes:
            labels = [str(number) for number in range(self.num_classes)]
        if not labels or self.num_classes not in (0, len(labels)):
            count = f" with {self.num_classes} classes" * bool(self.num_classes)
            raise ValueError(
                f"The names of a model's classes for {task.name} must be "
                f"known. Received: a model{count} without task.json and "
                "without names in its config.json. Name them in the order of "
                "the model's outputs with --labels, or train."
            )
        if self.num_classes:
            logging.warning(
                "No file names the model's classes: they are taken to be %s, "
                "in this order. If they are others, name them with --labels.",
                ", ".join(labels),
            )
        return labels

    def in_models_order(
        self, task: table.Task, labels: Sequence[str]
    ) -> list[str]:
        """Labels of training data, in the order of a model that knows the
        same ones, so that its head keeps its meaning."""
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
            "The model that training starts from has as many classes, with "
            "other names: %s. Its head starts as that of %s.",
            ", ".join(names),
            ", ".join(labels),
        )
        return list(labels)
