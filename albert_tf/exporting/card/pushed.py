"""The model card of a repository on the Hugging Face Hub."""

import dataclasses
import json
from collections.abc import Mapping
from collections.abc import Sequence

from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import embeddings
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import front_matter
from albert_tf.exporting.card import run as card_run
from albert_tf.exporting.card import text as card_text
from albert_tf.exporting.card import usage as card_usage

SAVED_MODEL = "savedmodel"  # the subfolder with a SavedModel

_ALBERT_TF = """\
**albert_tf** (TensorFlow, Keras 3):

```python
import albert_tf

model = albert_tf.load("{address}")  # a keras.Model
```
"""

_PREDICTOR = """\
**albert_tf** (TensorFlow, Keras 3):

```python
import albert_tf

predictor = albert_tf.predictor("{address}")
predictor({example})
model = albert_tf.load("{address}")  # a keras.Model
```

`albert-tf serve {address}` answers over HTTP, and
`albert-tf finetune --init_checkpoint={address} ...` trains it further.
"""

_FETCHED = """\
The folder `savedmodel` is fetched with
`hf download {arguments} --include "savedmodel/*" --local-dir .`
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """A repository, and what training started from.

    Attributes:
        address: as hf://org/name[@branch].
        name: as org/name.
        branch: the branch, or None for main.
        start: name or path of the weights that training started from; None if
            there were none, or they are unknown.
        base_model: the repository on the Hub that the weights come from, as
            org/name; None if there is none.
        versions: versions of packages that the model was trained with.
        files: size in bytes, and SHA-256, of files by name.
    """

    address: str
    name: str
    branch: str | None
    start: str | None
    base_model: str | None
    versions: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]


def card(facts: facts_lib.Facts, run: card_run.Run, place: Place) -> str:
    """Returns the text of README.md."""
    found = model_card.evaluations(facts, run)
    sections = [
        f"# {facts.name}",
        model_card.summary(facts),
        "## Use",
        "\n".join(_usage(facts, place)).strip(),
        "## Training",
        *_training(facts, run, place),
        "## Evaluation",
        model_card.evaluation(found, run),
        "## Files",
        _files(place),
        "## Limits",
        model_card.limits(facts),
        "## License",
        model_card.license_of(facts),
        "Code that wrote these files (albert_tf): Apache-2.0.",
    ]
    held_out = model_card.held_out(found, run)
    front = front_matter.text(facts, held_out, place.base_model)
    return front + "\n\n".join(sections) + "\n"


def _usage(facts: facts_lib.Facts, place: Place) -> Sequence[str]:
    python, shell = f'"{place.name}"', place.name
    if place.branch:
        python += f', revision="{place.branch}"'
        shell += f" --revision {place.branch}"
    if facts.embedding:
        parts = [
            embeddings.use(place.address, facts.embedding_size),
            embeddings.sentence_transformers(python),
        ]
    elif facts.kind == facts_lib.ENCODER:
        parts = [
            _ALBERT_TF.format(address=place.address),
            card_usage.transformers(facts, python),
        ]
    else:
        parts = [
            _PREDICTOR.format(address=place.address, example=_example(facts)),
            card_usage.transformers(facts, python),
        ]
    if SAVED_MODEL in facts.files:
        parts.append(_FETCHED.format(arguments=shell))
        parts.append(card_usage.saved_model(facts, SAVED_MODEL))
    return parts


def _example(facts: facts_lib.Facts) -> str:
    """The argument of a predictor, as Python."""
    one = {
        name: values[0] for name, values in card_usage.example(facts).items()
    }
    return json.dumps(next(iter(one.values())) if len(one) == 1 else one)


def _training(
    facts: facts_lib.Facts, run: card_run.Run, place: Place
) -> Sequence[str]:
    parts = []
    if place.start:
        parts.append(f"Starting weights: `{card_text.public(place.start)}`")
    parts.append(card_run.text(facts.checkpoint, run))
    if place.versions:
        names = ", ".join(f"{n} {v}" for n, v in place.versions.items())
        parts.append(f"Trained with {names}.")
    return parts


def _files(place: Place) -> str:
    rows = [
        (f"`{name}`", f"{size:,}", f"`{sha256}`")
        for name, (size, sha256) in place.files.items()
    ]
    return card_text.table(("file", "bytes", "SHA-256"), rows)
