"""The models that google-research/albert released, by the names people use."""

import difflib
from typing import NamedTuple

_BUCKET = "https://storage.googleapis.com/albert_models"


class Released(NamedTuple):
    """A released model; all have the license Apache-2.0.

    size: its key in `published_sizes.SIZES`.
    archive: the address of Google's archive, which also has the vocabulary
        and the heads of pretraining.
    """

    size: str
    archive: str


def _released(size: str) -> Released:
    return Released(size, f"{_BUCKET}/albert_{size}.tar.gz")


MODELS: dict[str, Released] = {
    f"albert-{size}-{variant}": _released(f"{size}_{variant}")
    for variant in ("v2", "v1", "zh")
    for size in ("base", "large", "xlarge", "xxlarge")
}


def near(name: str) -> list[str]:
    """The names of released models that a misspelled name may mean."""
    name = name.lower().replace("_", "-")
    return difflib.get_close_matches(name, MODELS, n=3, cutoff=0.7)


def repository_of(address: str) -> str | None:
    """The repository on the Hugging Face Hub with the same weights as one of
    Google's archives, for English ones; None for others.

    Args:
        address: the address of an archive, with or without #sha256=...
    """
    url, _, _ = address.partition("#")
    for name, model in MODELS.items():
        if model.archive == url and not name.endswith("-zh"):
            return f"albert/{name}"
    return None
