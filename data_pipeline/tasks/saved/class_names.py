"""The names that a model's files give its classes, as a task's labels."""

from collections.abc import Sequence

from data_pipeline.tasks import table
from data_pipeline.tasks.tags import schemes as tag_schemes

# The letters of taggers' labels, and what each is in BIO: E and L go on as I
# does, S, U and W begin as B does.
_SCHEMES = {
    "BIO": "BI",
    "BIOES": "BIES",
    "BMES": "BMES",
    "BILOU": "BILU",
    "BMEWO": "BMEW",
}
_BEGINS = "BSUW"


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
    found = [known.get(_plain(name)) for name in names]
    if None in found or sorted(found) != sorted(task.labels):
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


def as_bio(labels: Sequence[str]) -> list[str]:
    """A tagger's labels, each as the BIO tag that it stands for.

    In BIOES both I-PER and E-PER become I-PER, so that the best label of each
    word is a tag that this package understands. Labels of no entity, such as
    "X" of word pieces, become "O".
    """
    if scheme_of(labels) == "none":
        return list(labels)
    return [
        f"{'B' if letter in _BEGINS else 'I'}-{kind}" if kind else "O"
        for letter, kind in map(tag_schemes.parts, labels)
    ]


def scheme_of(labels: Sequence[str]) -> str:
    """The scheme of a tagger's labels, one of tag_schemes.SCHEMES."""
    tags = {
        (letter, kind)
        for letter, kind in map(tag_schemes.parts, labels)
        if kind
    }
    letters = {letter for letter, _ in tags}
    if letters <= set("BI") and any(
        letter == "I" and ("B", kind) not in tags for letter, kind in tags
    ):
        return "IOB1"  # B is for entities that touch, which some types lack
    for scheme, known in _SCHEMES.items():
        if letters and letters <= set(known):
            return scheme
    return "none"


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_").strip("_")
