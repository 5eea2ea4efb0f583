"""Predicted tags and entities, in files."""

import dataclasses
import json
from collections.abc import Sequence

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_spellings
from data_pipeline.tasks.tags import tagged_rows


def write(
    path: str,
    split: splits.Split,
    predicted: Sequence[Sequence[str] | None],
    scheme: str,
) -> list[str]:
    """Writes <path>.txt with conll.write, and for texts <path>.jsonl.

    The second file is written if the split has texts; entities are spans of
    characters:

        {"id": "0", "text": "Ms Lee", "label": [[3, 6, "PER"]]}

    Args:
        path: path without an ending.
        split: the sentences. Tags are written in its scheme, if it has one.
        predicted: BIO tags or plain labels; None for a skipped sentence.
        scheme: the scheme to write the tags of other splits in.
    Returns:
        The paths.
    """
    scheme = scheme if split.scheme == "none" else split.scheme
    found = [tags and tag_schemes.from_bio(tags, scheme) for tags in predicted]
    gold = [
        dataclasses.replace(e, tags=tuple(tag_schemes.from_bio(e.tags, scheme)))
        if e and e.tags
        else e
        for e in split.examples
    ]
    conll.write(f"{path}.txt", gold, found)
    lines = [
        _spans(example, tags)
        for example, tags in zip(split.examples, predicted, strict=True)
        if example and example.text and tags is not None
    ]
    if not lines:
        return [f"{path}.txt"]
    files.write(f"{path}.jsonl", "".join(lines).encode())
    return [f"{path}.txt", f"{path}.jsonl"]


def _spans(example: example_types.TaggedExample, tags: Sequence[str]) -> str:
    bio = tag_schemes.to_bio(tags, "BIO")
    entities = entity_words.entities(example.places, bio)
    row = {"id": example.id, "text": example.text, "label": entities}
    return json.dumps(row, ensure_ascii=False) + "\n"


def read_tags(
    path: str, split: splits.Split, problems: row_problems.Problems
) -> list[list[str] | None]:
    """Reads the tags of either file that `write` makes, as BIO.

    Args:
        path: path of the file.
        split: the sentences, with their tags.
        problems: collects sentences with invalid tags, which are skipped.
    Returns:
        The tags of each sentence; None for a skipped one.
    Raises:
        ValueError: the sentences are not those of the split.
    """
    if path.endswith(".jsonl"):
        columns = file_columns.Columns("tagging")
        sentences = tagged_rows.read(path, problems, columns, [])
    else:
        sentences = conll.read(path, problems)
    numbers = [n for n, example in enumerate(split.examples) if example]
    if len(sentences) != len(numbers):
        raise ValueError(
            "Predicted tags must be for the sentences of the data, in order. "
            f"Received: {path} with {len(sentences)} sentences, and "
            f"{split.path} with {len(numbers)}. Use predictions for "
            f"{split.path}."
        )
    tags = [sentence.tags or () if sentence else () for sentence in sentences]
    spelling = tag_spellings.detect(tags, split.scheme)
    tag_spellings.log(path, tags, spelling)
    tags = tag_spellings.respelled(tags, spelling.usual)
    predicted: list[list[str] | None] = [None] * len(split.examples)
    for number, sentence, own in zip(numbers, sentences, tags, strict=True):
        if sentence is None:
            continue
        if sentence.words != split.examples[number].words:
            raise ValueError(
                "Predicted tags must be for the words of the data. Received: "
                f"sentence {number}, {' '.join(sentence.words)[:80]!r} in "
                f"{path} and "
                f"{' '.join(split.examples[number].words)[:80]!r} in "
                f"{split.path}. Use predictions for {split.path}."
            )
        wrong = [t for t in own if not tag_schemes.fits(t, spelling.scheme)]
        if wrong:
            problems.add(
                path,
                f"sentence {number}",
                f"Tags must be {spelling.scheme}, like most tags in this file.",
                wrong[0],
            )
        else:
            predicted[number] = tag_schemes.to_bio(own, spelling.scheme)
    return predicted


def respelled(
    split: splits.Split, tags: Sequence[str], scheme: str
) -> list[str]:
    """BIO tags in the scheme of their file, or of the training data."""
    own = scheme if split.scheme == "none" else split.scheme
    return list(tag_schemes.from_bio(tags, own))
