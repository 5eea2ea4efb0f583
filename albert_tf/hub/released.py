"""The models that google-research/albert released, by the names people use."""

import difflib
from typing import NamedTuple

_BUCKET = "https://storage.googleapis.com/albert_models"


class Released(NamedTuple):
    """A released model.

    size: its key in `published_sizes.SIZES`.
    archive: the address of Google's archive, which also has the vocabulary
        and the heads of pretraining.
    copy: the same model on the Hugging Face Hub; None: we know of none.
    language: ISO 639-1.
    licence: SPDX.
    """

    size: str
    archive: str
    copy: str | None
    language: str
    licence: str = "Apache-2.0"


def _english(size: str, version: int) -> Released:
    return Released(
        f"{size}_v{version}",
        f"{_BUCKET}/albert_{size}_v{version}.tar.gz",
        f"albert/albert-{size}-v{version}",
        "en",
    )


def _chinese(size: str) -> Released:
    return Released(
        f"{size}_zh", f"{_BUCKET}/albert_{size}_zh.tar.gz", None, "zh"
    )


_SIZES = ("base", "large", "xlarge", "xxlarge")

MODELS: dict[str, Released] = {
    **{
        f"albert-{size}-v{version}": _english(size, version)
        for version in (2, 1)
        for size in _SIZES
    },
    **{f"albert-{size}-zh": _chinese(size) for size in _SIZES},
}


def near(name: str) -> list[str]:
    """The names of released models that a misspelled name may mean."""
    name = name.lower().replace("_", "-")
    return difflib.get_close_matches(name, MODELS, n=3, cutoff=0.7)
