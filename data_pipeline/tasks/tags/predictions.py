"""Files of predicted tags, and of predicted entities."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from data_pipeline.io import files
from data_pipeline.tasks import examples as examples_lib
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import schemes as tag_schemes

if TYPE_CHECKING:
    from data_pipeline.tasks.data import parts


def write(
    path: str,
    part: parts.Part,
    predicted: Sequence[Sequence[str] | None],
    scheme: str,
) -> list[str]:
    """Writes <path>.txt, by conll.write; and where the file of the part had
    texts, <path>.jsonl with the entities as spans of their characters:

        {"id": "0", "text": "Ms Lee", "label": [[3, 6, "PER"]]}

    Args:
        path: without an ending.
        part: whose scheme tags are written in, if it has one.
        predicted: tags in BIO, or plain labels; None for None.
        scheme: to write the tags of other parts in.
    Returns:
        The paths.
    """
    scheme = scheme if part.scheme == "none" else part.scheme
    found = [tags and tag_schemes.from_bio(tags, scheme) for tags in predicted]
    gold = [
        dataclasses.replace(e, tags=tuple(tag_schemes.from_bio(e.tags, scheme)))
        if e and e.tags
        else e
        for e in part.examples
    ]
    conll.write(f"{path}.txt", gold, found)
    lines = [
        _spans(example, tags)
        for example, tags in zip(part.examples, predicted, strict=True)
        if example and example.text
    ]
    if not lines:
        return [f"{path}.txt"]
    files.write(f"{path}.jsonl", "".join(lines).encode())
    return [f"{path}.txt", f"{path}.jsonl"]


def _spans(example: examples_lib.TaggedExample, tags: Sequence[str]) -> str:
    bio = tag_schemes.to_bio(tags, "BIO")
    entities = entity_words.entities(example.places, bio)
    row = {"id": example.id, "text": example.text, "label": entities}
    return json.dumps(row, ensure_ascii=False) + "\n"
