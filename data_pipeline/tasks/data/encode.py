"""Encodes examples of any kind as features, with a cache on disk."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from collections.abc import Sequence

from absl import logging

from data_pipeline.io import files
from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.texts import cut_notes
from data_pipeline.text import tokenizers

# Part of a cached file's key; increased whenever encoding changes.
_FORMAT = 1


def features(
    task: table.Task,
    split: splits.Split,
    labels: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
    *,
    num_workers: int = 1,
    on_bad_row: str = "stop",
    cache_dir: str | None = None,
) -> item_features.Features:
    """Encodes a split, or reads the features that an earlier call cached.

    A hash of the examples, the labels, the tokenizer and the lengths names the
    cached file, so that changed data is never read from the cache.

    Args:
        task, split, labels: what to encode.
        tokenizer, lengths: how to encode it.
        num_workers: number of processes that encode spans.
        on_bad_row: what to do about answers that contain no token, one of
            `row_problems.ON_BAD_ROW`.
        cache_dir: folder of the cache; None: no cache.
    Raises:
        ValueError: a label is not among `labels`.
    """

    def encoded() -> item_features.Features:
        return kinds.of(task).encode(
            split, labels, tokenizer, lengths, num_workers, on_bad_row
        )

    if not cache_dir:
        return encoded()
    key = _key(task, split, labels, tokenizer, lengths)
    path = os.path.join(cache_dir, f"{task.name}-{split.name}-{key[:32]}.npz")
    made = _cached(path)
    if made is not None:
        logging.info("Read the features of %s from %s.", split.path, path)
        return made
    made = encoded()
    files.make_folder(cache_dir)
    item_features.save(made, path)
    return made


def check_room(made: item_features.Features, room: int, path: str) -> None:
    """Checks that each example fits in a packed row.

    Args:
        made: the features of the examples.
        room: the number of tokens of a row.
        path: the file of the examples.
    Raises:
        ValueError: one does not.
    """
    longest = made.lengths_of_items(True).max(initial=0)
    if longest > room:
        raise ValueError(
            "With --pack, all texts of an example must fit in one row of "
            f"--max_seq_length. Received: --max_seq_length={room}, and an "
            f"example of {longest} tokens in {path}. Use a larger one, or "
            "leave --pack out."
        )


def log_cuts(
    made: item_features.Features, lengths: max_lengths.RowLengths, path: str
) -> None:
    """Logs how many texts are cut, as in `cut_notes.log`."""
    cut_notes.log(
        path,
        made,
        lengths.max_seq_length,
        lengths.long_texts,
        lengths.max_windows,
    )


def _cached(path: str) -> item_features.Features | None:
    if not files.exists(path):
        return None
    try:
        return item_features.load(path)
    except Exception as error:  # np.load raises errors of many types
        logging.warning(
            "The features in %s are damaged (%s); they are encoded again.",
            path,
            error,
        )
        return None


def fingerprint(examples: Iterable[example_types.Example | None]) -> str:
    """The hexadecimal SHA-256 of all examples of a split."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(repr(example).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _key(
    task: table.Task,
    split: splits.Split,
    labels: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    lengths: max_lengths.RowLengths,
) -> str:
    content = [
        _FORMAT,
        task.kind,
        list(labels),
        tokenizer.fingerprint,
        dataclasses.asdict(lengths),
        fingerprint(split.examples),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
