"""Converts the tags of a file to BIO."""

import dataclasses
from collections.abc import Sequence

from absl import logging

from data_pipeline.tasks import class_labels
from data_pipeline.tasks import example_types
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import splits
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_spellings


def as_bio(
    examples: splits.Examples,
    path: str,
    problems: row_problems.Problems,
    labels: Sequence[str],
    expected: str | None,
) -> tuple[splits.Examples, str]:
    """Converts tags to BIO, and checks them against their scheme and labels.

    Args:
        examples: sentences with the tags of the file.
        path: path of the file, for messages.
        problems: collects invalid tags.
        labels: the labels that the model knows; () for any.
        expected: the scheme of the training data; None for training data.
    Returns:
        The examples, with None in place of one with an invalid tag, and the
        scheme of the file.
    """
    tags = [example.tags if example else () for example in examples]
    if max(map(len, tags), default=0) == 1 < len(tags):
        logging.warning(
            "Every sentence in %s has one word. If each row is a word, name "
            "the column that identifies its sentence with --sentence_column.",
            path,
        )
    spelling = tag_spellings.detect(tags, expected)
    tag_spellings.log(path, tags, spelling, expected)
    tags, scheme = (
        tag_spellings.respelled(tags, spelling.usual),
        spelling.scheme,
    )
    found = [
        example
        and dataclasses.replace(
            example, tags=tuple(tag_schemes.to_bio(own, scheme))
        )
        for example, own in zip(examples, tags, strict=True)
    ]
    whose = "those of the training data"
    if scheme != expected:
        whose = "most tags in this file"
    rule = f"Tags must be {scheme}, like {whose}."
    faults = [(rule, *fault) for fault in tag_schemes.check(tags, scheme)]
    if labels:
        faults += [
            (class_labels.unknown(labels), number, word, tag)
            for number, example in enumerate(found)
            for word, tag in enumerate(example.tags if example else ())
            if tag not in labels
        ]
    for rule, number, word, finding in faults:
        if found[number] is not None:  # only a sentence's first fault
            place = _place_of(examples[number], word)
            problems.add(path, place, rule, finding)
            found[number] = None
    if faults:
        problems.close(path, len(examples))
    return found, scheme


def _place_of(example: example_types.TaggedExample, word: int) -> int | str:
    """The line of a word, or its number in a line that has a sentence."""
    if example.lines:
        return example.lines[word]
    return f"{example.line}, word {word + 1}"
