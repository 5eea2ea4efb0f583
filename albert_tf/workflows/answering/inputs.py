"""What a predictor is given, as rows of a signature's inputs."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Sized
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf.serving.models import saved_model

# A row: the strings of one input of a model, by name.
Row = dict[str, Any]
# The order of names in a tuple.
_ORDER = ("questions", "texts", "contexts", "second_texts", "choices", "words")
_SHOWN = 60


class Reader:
    """Reads rows, and says what is wrong with those that are none.

    Args:
        signature: takes the strings of a row.
        words: takes words, for a tagger; None for other models.
        may_be_empty: inputs that may be empty texts.
        max_bytes: of a text that is read whole; None if texts are cut.
    """

    def __init__(
        self,
        signature: saved_model.Signature,
        words: saved_model.Signature | None,
        may_be_empty: Iterable[str],
        max_bytes: int | None,
    ) -> None:
        known = [name for name in _ORDER if name in signature.inputs]
        others = sorted(signature.inputs.keys() - set(known))
        self.names = (*known, *others)
        self._ranks = {
            name: spec.shape.rank
            for name, spec in (
                *signature.inputs.items(),
                *(words.inputs.items() if words else ()),
            )
        }
        self._words = tuple(words.inputs) if words else ()
        self._may_be_empty = frozenset(may_be_empty)
        self._max_bytes = max_bytes

    def is_one(self, given: Any) -> bool:
        """Whether what is given is one input, not several."""
        return isinstance(given, str | bytes | tuple | Mapping)

    def several(self, given: Any) -> Iterable[Any]:
        """What is given, as an iterable of inputs.

        Raises:
            ValueError: it is not several inputs, or has none.
        """
        if isinstance(given, tf.data.Dataset):
            return self._of_dataset(given)
        if hasattr(given, "iloc") and hasattr(given, "columns"):
            raise ValueError(
                "A DataFrame must be given as its columns of text. Received: "
                f"a DataFrame with the columns {_names(given.columns)}. "
                f"{self._columns_hint()}"
            )
        if not isinstance(given, Iterable):
            raise self._wrong(given, "")
        if isinstance(given, Sized) and not len(given):
            raise ValueError(
                "There must be at least one input. Received: an empty "
                f"{type(given).__name__}. Give {self._one()}, or a list of "
                "them."
            )
        return given

    def row(self, given: Any, place: str) -> Row:
        """One input.

        Args:
            given: a string, a tuple, or a dict by name.
            place: where it is, for messages; "" for one alone.
        Raises:
            ValueError: it is of another form, or a text is empty.
        """
        names = self.names
        if isinstance(given, Mapping):
            if self._words and set(given) == set(self._words):
                names = self._words
            elif set(given) != set(names):
                raise self._wrong_keys(given, place)
            values = [given[name] for name in names]
        elif isinstance(given, str | bytes) and len(names) == 1:
            values = [given]
        elif (
            isinstance(given, tuple | list)
            and len(names) > 1
            and len(given) == len(names)
        ):
            values = list(given)
        else:
            raise self._wrong(given, place)
        return {
            name: self._value(name, value, given, place)
            for name, value in zip(names, values, strict=True)
        }

    def _value(self, name: str, value: Any, given: Any, place: str) -> Any:
        if self._ranks[name] == 1:
            return self._text(name, value, given, place)
        if hasattr(value, "tolist"):
            value = value.tolist()
        if not isinstance(value, tuple | list) or not value:
            raise ValueError(
                f"{name!r} must be a list of at least one string. Received: "
                f"{_shown(value)}{place}."
            )
        return [self._text(name, text, given, place) for text in value]

    def _text(self, name: str, text: Any, given: Any, place: str) -> bytes:
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        if not isinstance(text, str):
            if isinstance(given, Mapping):
                raise ValueError(
                    f"{name!r} must be a string, or hold strings. Received: "
                    f"{_shown(text)}{place}."
                )
            raise self._wrong(given, place)
        if name not in self._may_be_empty and not text.strip():
            raise ValueError(
                f"Each text must have more than white space. Received: "
                f"{text[:20]!r} as {name!r}{place}. Leave such inputs out."
            )
        try:
            encoded = text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"Each text must be valid Unicode. Received: {_shown(text)}"
                f"{place}, where {error.reason}."
            ) from None
        if self._max_bytes and len(encoded) > self._max_bytes:
            raise ValueError(
                "A text that the model reads whole must have at most "
                f"{self._max_bytes:,} bytes. Received: {len(encoded):,} as "
                f"{name!r}{place}. Split it into several inputs."
            )
        return encoded

    def _of_dataset(self, dataset: tf.data.Dataset) -> Iterator[Any]:
        spec = dataset.element_spec
        if isinstance(spec, Mapping):
            known = set(spec) in (set(self.names), set(self._words))
            ranks = [self._ranks[name] for name in spec] if known else []
        else:
            ranks = [self._ranks[name] for name in self.names]
        specs = tf.nest.flatten(spec)
        if len(specs) != len(ranks) or any(
            getattr(each, "dtype", None) != tf.string for each in specs
        ):
            raise ValueError(
                f"Each element of a tf.data.Dataset must be {self._one()}, or "
                f"a batch of them. Received: {_shown(spec)}. Use "
                "dataset.map to keep the texts only."
            )
        if all(
            each.shape.rank == rank
            for each, rank in zip(specs, ranks, strict=True)
        ):
            dataset = dataset.unbatch()
        return iter(dataset.as_numpy_iterator())

    def _one(self) -> str:
        """The forms of an input, as the object of a sentence."""
        keys = _names(self.names)
        if len(self.names) == 1:
            forms = f"a string, or a dict with the key {keys}"
        else:
            kinds = [
                f"{name} (a string)"
                if self._ranks[name] == 1
                else f"{name} (a list of strings)"
                for name in self.names
            ]
            forms = (
                f"a tuple of {' and '.join(kinds)}, or a dict with the keys "
                f"{keys}"
            )
        if self._words:
            forms += f" or, for words, the key {_names(self._words)}"
        return forms

    def _columns_hint(self) -> str:
        if len(self.names) == 1:
            return 'Give one column, such as predictor(frame["text"]).'
        columns = ", ".join(f'frame["{name}"]' for name in self.names)
        return f"Give pairs, such as predictor(list(zip({columns})))."

    def _wrong(self, given: Any, place: str) -> ValueError:
        hint = ""
        if isinstance(given, tuple) and len(self.names) == 1:
            hint = " The model reads one text; give several in a list."
        elif isinstance(given, float) and given != given:
            hint = " Drop or fill missing values first."
        return ValueError(
            f"Each input must be {self._one()}. Received: {_shown(given)}"
            f"{place}.{hint}"
        )

    def _wrong_keys(self, given: Mapping, place: str) -> ValueError:
        keys = f"the keys {_names(given)}" if given else "no keys"
        return ValueError(
            f"Each input must be {self._one()}. Received: a dict with {keys}"
            f"{place}."
        )


def unwrapped(given: Any) -> Any:
    """What a tensor or an array of no axes holds; other things as they are."""
    if isinstance(given, tf.Tensor):
        given = given.numpy()
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given.item()
    return given


def _names(names: Iterable[Any]) -> str:
    return ", ".join(repr(name) for name in names)[:200]


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    text = repr(value)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"{text} ({type(value).__name__})"


def places(given: Sequence[Any] | Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Inputs with their places, for messages."""
    for number, each in enumerate(given):
        yield f", input {number} (counted from 0)", each
