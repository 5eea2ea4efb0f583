"""Encodes a random sample of training data, for checks and estimates."""

import dataclasses
import random

import numpy as np

from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.texts import long_texts
from data_pipeline.text import tokenizers

_EXAMPLES = 500
# Longer than any row, so that no row is truncated.
_WHOLE = 100_000


def count(split: splits.Split) -> int:
    """The number of usable examples in a split."""
    return sum(example is not None for example in split.examples)


def make(
    config: task_config.TaskConfig,
    task: table.Task,
    split: splits.Split,
    labels: list[str],
    tokenizer: tokenizers.Tokenizer,
    max_seq_length: int,
) -> item_features.Features:
    """Encodes up to 500 examples, untruncated except in windows.

    Raises:
        ValueError: an example cannot be encoded, as when a question leaves no
            room for its context.
    """
    usable = [n for n, each in enumerate(split.examples) if each is not None]
    chosen = sorted(
        random.Random(0).sample(usable, min(_EXAMPLES, len(usable)))
    )
    sample = dataclasses.replace(
        split,
        examples=[split.examples[n] for n in chosen],
        ids=[split.ids[n] for n in chosen],
    )
    in_windows = config.long_texts == long_texts.WINDOWS
    if in_windows:
        config = fitted_rows.fitted(config, task, max_seq_length)
    return encode.features(
        task,
        sample,
        labels,
        tokenizer,
        max_lengths.RowLengths(
            max_seq_length=max_seq_length
            if kinds.of(task).has_windows or in_windows
            else _WHOLE,
            max_qa_length=config.max_qa_length,
            doc_stride=config.doc_stride,
            max_query_length=config.max_query_length,
            long_texts=config.long_texts if in_windows else long_texts.CUT,
            max_windows=config.max_windows,
        ),
        on_bad_row=config.on_bad_row,
    )


def lengths(sample: item_features.Features, max_seq_length: int) -> np.ndarray:
    """int64 [I]: tokens of the longest row of each item, after truncation."""
    return np.minimum(sample.lengths, max_seq_length)
