"""The folder of an index: whole generations, and a file that names one.

    index.json                 what the index is, and the name of a generation
    000002-5f3a9c0d/           the files of that generation

A change writes a new generation beside the old one; replacing index.json then
makes it the current one in a single step. A process that is killed before that
leaves the old generation as it was; what it wrote is removed by the next
change.
"""

import contextlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from albert_tf.io import json_file
from albert_tf.retrieval import damaged
from albert_tf.retrieval.indexes import nearest

FILE = "index.json"
METRIC = "cosine"
_GENERATION = re.compile(r"\d{6}-[0-9a-f]{8}")
_UNFINISHED = re.compile(rf"{re.escape(FILE)}\.[0-9a-f]{{32}}\.tmp")
_FORMAT = 1


class Description(NamedTuple):
    """What index.json says.

    Attributes:
        generation: name of the folder with the files.
        num_documents: how many documents it has, with those that were deleted.
        num_deleted: how many of them were deleted since it was built.
        model: name of the embedding model, as it was given; None for an index
            of words only.
        fingerprint: of that model.
        size: D, the size of the vectors; 0 without a model.
        kind: one of nearest.KINDS; None without a model.
        effort: how much of the index a search visits, see nearest.Nearest.
        prompt: the name of the prompt that documents were embedded with.
        has_lexical: whether BM25 is in the index.
        quality: what was measured when it was built; None without a model.
    """

    generation: str
    num_documents: int
    num_deleted: int
    model: str | None
    fingerprint: str | None
    size: int
    kind: str | None
    effort: int | None
    prompt: str | None
    has_lexical: bool
    quality: nearest.Quality | None


def read(folder: str) -> Description:
    """What an index is.

    Raises:
        FileNotFoundError: the folder holds no index.
        ValueError: index.json is damaged, or was written by a newer version.
    """
    path = os.path.join(folder, FILE)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"An index must be a folder with {FILE}, as albert-tf index "
            f"writes it. Received: {folder}, which has none. Check the path, "
            "or build the index first."
        )
    with open(path, "rb") as file:
        values = json_file.parse_object(file.read(), path)
    if values.get("format") != _FORMAT:
        raise ValueError(
            f"An index must have format {_FORMAT}. Received: {path}, with "
            f"format {values.get('format')!r:.40}. Install the version of "
            "albert_tf that wrote it, or build the index again."
        )
    return _checked(values, path)


def _checked(values: dict[str, Any], path: str) -> Description:
    optional = type(None)
    kinds: dict[str, tuple[type, ...]] = {
        "generation": (str,),
        "num_documents": (int,),
        "num_deleted": (int,),
        "model": (str, optional),
        "fingerprint": (str, optional),
        "size": (int,),
        "kind": (str, optional),
        "effort": (int, optional),
        "prompt": (str, optional),
        "has_lexical": (bool,),
    }
    for name, allowed in kinds.items():
        if type(values.get(name)) not in allowed:
            raise damaged.error(path, f"{name} = {values.get(name)!r:.60}")
    generation, kind = values["generation"], values["kind"]
    if not _GENERATION.fullmatch(generation):
        raise damaged.error(path, f"generation = {generation!r:.60}")
    if kind not in (None, *nearest.KINDS):
        raise damaged.error(path, f"kind = {kind!r:.60}")
    quality = values.get("quality")
    if quality is not None:
        try:
            quality = nearest.Quality(**quality)
        except TypeError:
            raise damaged.error(path, f"quality = {quality!r:.60}") from None
    return Description(**{n: values[n] for n in kinds}, quality=quality)


def is_part(name: str) -> bool:
    """Whether a name in a folder belongs to an index, or to one that was not
    completed."""
    return name == FILE or _is_one(name) or bool(_UNFINISHED.fullmatch(name))


@contextlib.contextmanager
def new(folder: str) -> Iterator[str]:
    """Gives an empty folder for a generation; removes it after an exception.

    Only one process at a time may change an index.
    """
    os.makedirs(folder, exist_ok=True)
    _remove_others(folder)
    number = 1 + max(
        (int(name[:6]) for name in os.listdir(folder) if _is_one(name)),
        default=0,
    )
    path = os.path.join(folder, f"{number:06}-{uuid.uuid4().hex[:8]}")
    os.mkdir(path)
    try:
        yield path
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def switch(folder: str, description: Description, version: str) -> None:
    """Makes a generation the current one, and removes the others.

    Args:
        folder: the folder of the index.
        description: names the generation, whose files are complete.
        version: of albert_tf, for index.json.
    """
    values = {
        "format": _FORMAT,
        "albert_tf": version,
        "metric": METRIC,
        **description._asdict(),
        "quality": description.quality and description.quality._asdict(),
    }
    path = os.path.join(folder, FILE)
    _synchronize(os.path.join(folder, description.generation))
    unfinished = f"{path}.{uuid.uuid4().hex}.tmp"
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    _synchronize(folder)
    _remove_others(folder)


def _remove_others(folder: str) -> None:
    """Removes generations that index.json does not name, and what killed
    processes left."""
    path = os.path.join(folder, FILE)
    current = read(folder).generation if os.path.isfile(path) else None
    for name in os.listdir(folder):
        place = os.path.join(folder, name)
        if _is_one(name) and name != current:
            shutil.rmtree(place, ignore_errors=True)
        elif _UNFINISHED.fullmatch(name):
            os.remove(place)


def _is_one(name: str) -> bool:
    return bool(_GENERATION.fullmatch(name))


def _synchronize(folder: str) -> None:
    """Waits until the files of a folder and their names are on the disk."""
    for place, _, names in os.walk(folder):
        for path in (*(os.path.join(place, name) for name in names), place):
            opened = os.open(path, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)
