"""Addresses of models on Kaggle, and the ALBERTs that are published there."""

import difflib
import re
from typing import NamedTuple

from absl import logging

# The ALBERTs on Kaggle, and the key in `published_sizes.SIZES` of those whose
# files do not say what their sizes are.
PUBLISHED: dict[str, str | None] = {
    **{
        f"keras/albert/keras/albert_{size}_en_uncased": None
        for size in ("base", "large", "extra_large", "extra_extra_large")
    },
    **{
        f"tensorflow/albert/tensorFlow2/en-{size}": f"{size}_v2"
        for size in ("base", "large", "xlarge", "xxlarge")
    },
}

# As kagglehub and Kaggle's pages spell them.
_FRAMEWORKS = {
    name.lower(): name
    for name in (
        "keras",
        "tensorFlow1",
        "tensorFlow2",
        "transformers",
        "pyTorch",
        "other",
    )
}
_START = re.compile(r"kaggle://|https?://(?:www\.)?kaggle\.com/models/")


class Handle(NamedTuple):
    """A model on Kaggle.

    name: as owner/model/framework/variation.
    version: None for the newest.
    """

    name: str
    version: int | None

    def __str__(self) -> str:
        return (
            self.name if self.version is None else f"{self.name}/{self.version}"
        )


def is_address(name: str) -> bool:
    """Whether a name is of a model on Kaggle, or is the address of its page."""
    return _START.match(name) is not None


def parse(address: str) -> Handle:
    """Reads kaggle://owner/model/framework/variation[/version].

    The address of a page on Kaggle is read, too. Of a published ALBERT, parts
    may be left out, if only one has the others; a line of the log says which.

    Raises:
        ValueError: the address has another form.
    """
    parts = _START.sub("", address, count=1).rstrip("/").split("/")
    if all(re.fullmatch(r"[\w-][\w.-]*", part) for part in parts):
        version = None
        is_whole = len(parts) == 4 and parts[2].lower() in _FRAMEWORKS
        if not is_whole and re.fullmatch(r"[1-9]\d{0,8}", parts[-1]):
            *parts, last = parts
            version = int(last)
        if len(parts) == 4 and parts[2].lower() in _FRAMEWORKS:
            parts[2] = _FRAMEWORKS[parts[2].lower()]
            return Handle("/".join(parts), version)
        found = [
            name for name in PUBLISHED if parts and _is_short_for(parts, name)
        ]
        if len(found) == 1:
            handle = Handle(found[0], version)
            logging.info("%s is taken for kaggle://%s.", address, handle)
            return handle
    raise ValueError(
        "An address on Kaggle must be "
        "kaggle://owner/model/framework/variation[/version], with one of the "
        f"frameworks {', '.join(_FRAMEWORKS.values())}. Received: {address}."
        f"{near('/'.join(parts))}"
    )


def _is_short_for(parts: list[str], name: str) -> bool:
    """Whether parts are some of a name's, in order, and its variation."""
    whole = iter(name.lower().split("/"))
    return name.lower().endswith(f"/{parts[-1].lower()}") and all(
        part.lower() in whole for part in parts
    )


def near(name: str) -> str:
    """A sentence that lists the published ALBERTs near a name, or ""."""
    found = difflib.get_close_matches(name, PUBLISHED, n=3, cutoff=0.6)
    listed = ", ".join(f"kaggle://{name}" for name in found)
    return f" Near it: {listed}." if listed else ""
