"""What readers of labelled data give: one example a line, file or question.

The label of an example is None where the file has none (test sets). Readers
return a list with None in place of an example that was skipped, so that there
is one prediction for each input, in order.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class TextExample:
    """A text or a pair of texts: classification, regression, multi-label.

    id: as the file has it, or the example's number in it.
    texts: one or two.
    label: a class name; a number for regression; a tuple of class names for
        multi-label; or None.
    """

    id: str
    texts: tuple[str, ...]
    label: str | float | tuple[str, ...] | None = None

    @property
    def given_label(self) -> str | float | tuple[str, ...] | None:
        return self.label

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes; () for numbers and without a label."""
        if isinstance(self.label, tuple):
            return self.label
        return (self.label,) if isinstance(self.label, str) else ()

    @property
    def held_together(self) -> tuple[str, ...]:
        """What keeps it on one side of a split with examples that share it."""
        return self.texts

    def shown(self) -> dict[str, Any]:
        """Its texts by name, for files of predictions."""
        return dict(zip(("text", "second_text"), self.texts, strict=False))


@dataclasses.dataclass(frozen=True)
class ChoiceExample:
    """One of several texts is right.

    context: what all choices have in common; may be empty.
    choices: C texts, a question with an answer each.
    label: number of the right one, from 0; or None.
    group: what metrics are reported by, as RACE's "middle"; or "".
    """

    id: str
    context: str
    choices: tuple[str, ...]
    label: int | None = None
    group: str = ""

    @property
    def given_label(self) -> int | None:
        return self.label

    @property
    def classes(self) -> tuple[str, ...]:
        return ()

    @property
    def held_together(self) -> tuple[str, ...]:
        # A passage has several questions.
        return (self.context or "\n".join(self.choices),)

    def shown(self) -> dict[str, Any]:
        return {"context": self.context, "choices": list(self.choices)}


@dataclasses.dataclass(frozen=True)
class TaggedExample:
    """Words of a sentence, each with a tag; tags is None without labels.

    line: where the file has it, for messages: the number of a line from 1, or
        the name of a row, as "line 3".
    lines: where it has each word; () where it has all of them in `line`.
    text, places: what the words were cut from, and the first character and the
        one behind the last of each, if the file has texts.
    """

    id: str
    words: tuple[str, ...]
    tags: tuple[str, ...] | None = None
    line: int | str = dataclasses.field(default=0, repr=False, compare=False)
    lines: Sequence[int | str] = dataclasses.field(
        default=(), repr=False, compare=False
    )
    text: str = dataclasses.field(default="", repr=False, compare=False)
    places: tuple[tuple[int, int], ...] = dataclasses.field(
        default=(), repr=False, compare=False
    )

    @property
    def given_label(self) -> tuple[str, ...] | None:
        return self.tags

    @property
    def classes(self) -> tuple[str, ...]:
        return self.tags or ()

    @property
    def held_together(self) -> tuple[str, ...]:
        return self.words

    def shown(self) -> dict[str, Any]:
        text = {"text": self.text} if self.text else {}
        return {**text, "words": list(self.words)}


@dataclasses.dataclass(frozen=True)
class SpanExample:
    """A question whose answer is a part of the context, or nowhere in it.

    answers: (first character in the context, text) of each right answer; ()
        for a question that has none in the context; None without labels.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, str], ...] | None = None

    @property
    def given_label(self) -> tuple[tuple[int, str], ...] | None:
        return self.answers

    @property
    def classes(self) -> tuple[str, ...]:
        return ()

    @property
    def held_together(self) -> tuple[str, ...]:
        return (self.context,)

    def shown(self) -> dict[str, Any]:
        return {"question": self.question, "context": self.context}


Example = TextExample | ChoiceExample | TaggedExample | SpanExample

_LABELS = ("label", "tags", "answers")


def unlabelled(example: Example | None) -> Example | None:
    """The same example without its label."""
    if example is None:
        return None
    names = [name for name in _LABELS if hasattr(example, name)]
    return dataclasses.replace(example, **dict.fromkeys(names))
