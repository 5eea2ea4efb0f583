"""Encodes a random sample of training data, for checks and estimates."""

import dataclasses
import random

import numpy as np

from data_pipeline.tasks import features as features_lib
from data_pipeline.tasks import kinds
from data_pipeline.tasks import parts
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.kinds import kind as kind_lib
from data_pipeline.text import tokenizer as tokenizer_lib

_EXAMPLES = 500
# Longer than any row, so that no row is truncated.
_WHOLE = 100_000


def count(part: parts.Part) -> int:
    """The number of usable examples in a split."""
    return sum(example is not None for example in part.examples)


def make(
    config: task_config.TaskConfig,
    task: table.Task,
    part: parts.Part,
    labels: list[str],
    tokenizer: tokenizer_lib.Tokenizer,
    max_seq_length: int,
) -> features_lib.Features:
    """Encodes up to 500 examples, untruncated except for windows of spans.

    Raises:
        ValueError: an example cannot be encoded, as when a question leaves no
            room for its context.
    """
    usable = [n for n, each in enumerate(part.examples) if each is not None]
    chosen = sorted(
        random.Random(0).sample(usable, min(_EXAMPLES, len(usable)))
    )
    sample = dataclasses.replace(
        part,
        examples=[part.examples[n] for n in chosen],
        ids=[part.ids[n] for n in chosen],
    )
    return encode.features(
        task,
        sample,
        labels,
        tokenizer,
        kind_lib.RowLengths(
            max_seq_length=max_seq_length
            if kinds.of(task).has_windows
            else _WHOLE,
            max_qa_length=config.max_qa_length,
            doc_stride=config.doc_stride,
            max_query_length=config.max_query_length,
        ),
        on_bad_row=config.on_bad_row,
    )


def lengths(sample: features_lib.Features, max_seq_length: int) -> np.ndarray:
    """int64 [I]: tokens of the longest row of each item, after truncation."""
    return np.minimum(sample.lengths, max_seq_length)
