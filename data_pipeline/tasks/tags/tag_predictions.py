"""Predicted tags and entities, in files and as rows for display."""

import dataclasses
import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.tags import conll
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_spellings
from data_pipeline.tasks.tags import tagged_rows
from data_pipeline.tasks.tags.chains import tag_chain
from data_pipeline.tasks.texts import example_predictions


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


def shown(
    task: table.Task,
    encoded: tuple[splits.Split, item_features.Features],
    predictions: tuple[Sequence[Any], Mapping[str, np.ndarray]],
    labels: Sequence[str],
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """Rows for `Kind.shown`: tags, probabilities and entities of the words.

    Entities have start and end, in characters of the text or, without a text,
    in words; type; text; and probability. Probabilities are those of `chains`.
    """
    del task, threshold
    # TensorFlow takes seconds to import, and reading data does not need it.
    from data_pipeline.tasks.tags.chains import sentences

    split, features = encoded
    predicted, outputs = predictions
    words = tag_features.of_words(outputs["logits"], features, split.examples)
    chain = tag_chain.make(labels, outputs.get("transitions"))
    return [
        None
        if example is None or own is None
        else {
            "prediction": respelled(split, tags, scheme),
            "probability": list(map(example_predictions.rounded, own.tags)),
            **_entities(example, tags, scheme, own.entities),
        }
        for example, tags, own in zip(
            split.examples,
            predicted,
            sentences.probabilities(words, chain),
            strict=True,
        )
    ]


def respelled(
    split: splits.Split, tags: Sequence[str], scheme: str
) -> list[str]:
    """BIO tags in the scheme of their file, or of the training data."""
    own = scheme if split.scheme == "none" else split.scheme
    return list(tag_schemes.from_bio(tags, own))


def _entities(
    example: example_types.TaggedExample,
    tags: Sequence[str],
    scheme: str,
    probabilities: np.ndarray,
) -> dict[str, Any]:
    if scheme == "none":
        return {}
    places = example.places or [(n, n + 1) for n in range(len(example.words))]
    bio = tag_schemes.to_bio(tags, "BIO")
    ends = [
        word
        for word, tag in enumerate(bio)
        if tag != "O" and not bio[word + 1 : word + 2] == [f"I-{tag[2:]}"]
    ]
    return {
        "entities": [
            {
                "start": start,
                "end": end,
                "type": kind,
                "text": example.text[start:end]
                if example.places
                else " ".join(example.words[start:end]),
                "probability": example_predictions.rounded(probabilities[last]),
            }
            for (start, end, kind), last in zip(
                entity_words.entities(places, bio), ends, strict=True
            )
        ]
    }
