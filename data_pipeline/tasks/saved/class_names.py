"""Matches the class names in a model's files with a task's labels."""

from collections.abc import Sequence

from data_pipeline.tasks import table


def in_order(task: table.Task, names: Sequence[str]) -> list[str]:
    """A published task's labels, in the order of a model's outputs.

    Names are compared without case, and hyphens and spaces count as
    underscores. A label of digits also matches its name in
    `task.label_names`.

    Args:
        task: a task with labels of its own.
        names: the model's class names, in the order of its outputs.
    Raises:
        ValueError: the names are not the task's labels, each once.
    """
    names_of = task.label_names or task.labels
    known = {
        _plain(name): label
        for label, other in zip(task.labels, names_of, strict=True)
        for name in (label, other)
    }
    found = [known[_plain(n)] for n in names if _plain(n) in known]
    if len(found) < len(names) or sorted(found) != sorted(task.labels):
        also = f" (or {', '.join(task.label_names)})"
        raise ValueError(
            f"A model for {task.name} must have the classes "
            f"{', '.join(task.labels)}{also if task.label_names else ''}. "
            f"Received: a model with the classes {', '.join(names)}. If they "
            "mean the same, name them in the order of the model's outputs "
            f"with --labels, such as --labels={','.join(task.labels)}; "
            "otherwise evaluate the model with --task_name=custom."
        )
    return found


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_").strip("_")
