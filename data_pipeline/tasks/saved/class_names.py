"""The names that a model's files give its classes, as a task's labels."""

from collections.abc import Sequence

from data_pipeline.tasks import table


def in_order(task: table.Task, names: Sequence[str]) -> list[str]:
    """A published task's labels in the order in which a model gives them.

    Names meet whatever their case, hyphens and spaces; a label of digits also
    has the names of `task.label_names`.

    Args:
        task: one with labels of its own.
        names: of the model's classes, in the order of its outputs.
    Raises:
        ValueError: they are not the task's labels, each once.
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
            f"A model that answers {task.name} must have its classes: "
            f"{', '.join(task.labels)}{also if task.label_names else ''}. "
            f"Received: a model with the classes {', '.join(names)}. If they "
            "mean the same, name them in the order of the model's outputs "
            f"with --labels, such as --labels={','.join(task.labels)}; "
            "otherwise evaluate it with --task_name=custom."
        )
    return found


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_").strip("_")
