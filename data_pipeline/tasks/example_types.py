"""Examples of labeled data: one for each line, file or question.

The label of an example is None if the file has none, as in test sets. Readers
return a list with None in place of each skipped example, so that there is one
prediction for each input, in order.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any


@dataclasses.dataclass(frozen=True)
class TextExample:
    """A text or a pair of texts: classification, regression, multilabel.

    Attributes:
        id: its id in the file, or else its number there.
        texts: one or two texts.
        label: a class name; a number in regression; a tuple of class names in
            multilabel tasks; or None.
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
        """Examples that share this value are held out together, or not at
        all."""
        return self.texts

    def shown(self) -> dict[str, Any]:
        """Its texts by name, for files of predictions."""
        return dict(zip(("text", "second_text"), self.texts, strict=False))


@dataclasses.dataclass(frozen=True)
class WeightedTextExample(TextExample):
    """A text or a pair of texts with a weight in training.

    Attributes:
        weight: the factor of its loss.
    """

    weight: float = 1.0


@dataclasses.dataclass(frozen=True)
class EmbeddingExample:
    """Texts to compare with each other.

    Attributes:
        texts: one text; or an anchor, its positive and any negatives.
        label: the score of a pair; None if it has none.
    """

    id: str
    texts: tuple[str, ...]
    label: float | None = None

    @property
    def given_label(self) -> float | None:
        return self.label

    @property
    def classes(self) -> tuple[str, ...]:
        return ()

    @property
    def held_together(self) -> tuple[str, ...]:
        # An anchor may have several positives.
        return self.texts[:1]

    def shown(self) -> dict[str, Any]:
        names = ["text", "second_text"]
        names += [f"negative_{n}" for n in range(1, len(self.texts) - 1)]
        return dict(zip(names, self.texts, strict=False))


@dataclasses.dataclass(frozen=True)
class ChoiceExample:
    """Several texts, exactly one of which is right.

    Attributes:
        context: a text that all choices share; may be empty.
        choices: C texts, each a question with one answer.
        label: the number of the right one, from 0; or None.
        group: metrics are also reported by group, such as RACE's "middle"; or
            "".
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
    """The words of a sentence, each with a tag.

    Attributes:
        tags: one for each word; None without labels.
        line: its place in the file, for messages: a line number from 1, or the
            name of a row, such as "line 3".
        lines: the place of each word; () if all are at `line`.
        text, places: if the file has running text, that text, and the first
            character of each word and the one after its last.
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
    """A question that a span of the context may answer.

    Attributes:
        answers: each right answer as (its first character in the context, its
            text); () if the context has no answer; None without labels.
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


@dataclasses.dataclass(frozen=True)
class WritingExample:
    """A text, and texts that a model may write for it.

    Attributes:
        text: the text to read.
        references: the texts to write, each of which is right; None without
            labels.
    """

    id: str
    text: str
    references: tuple[str, ...] | None = None

    @property
    def given_label(self) -> tuple[str, ...] | None:
        return self.references

    @property
    def classes(self) -> tuple[str, ...]:
        return ()

    @property
    def held_together(self) -> tuple[str, ...]:
        return (self.text,)

    def shown(self) -> dict[str, Any]:
        return {"text": self.text}


Example = (
    TextExample
    | EmbeddingExample
    | ChoiceExample
    | TaggedExample
    | SpanExample
    | WritingExample
)


def unlabelled(example: Example | None) -> Example | None:
    """The same example without its label; None for None."""
    if example is None:
        return None
    if isinstance(example, TaggedExample):
        return dataclasses.replace(example, tags=None)
    if isinstance(example, SpanExample):
        return dataclasses.replace(example, answers=None)
    if isinstance(example, WritingExample):
        return dataclasses.replace(example, references=None)
    return dataclasses.replace(example, label=None)
