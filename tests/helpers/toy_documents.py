"""Documents of numbered tokens, and the examples that they become."""

import numpy as np

from data_pipeline.pretraining.building import segments
from data_pipeline.pretraining.building import segments_config


def split(*documents, number=0, seed=0, **settings):
    """The examples of one of these documents, for rows of 13 tokens."""
    settings = {"max_seq_length": 13, "short_seq_prob": 0.0, **settings}
    return list(
        segments.split_document(
            documents,
            number,
            np.random.default_rng(seed),
            segments_config.SegmentsConfig(**settings),
        )
    )


def numbered(lengths, first=0):
    """A document whose tokens are numbered through."""
    stops = first + np.cumsum(lengths)
    return [
        list(range(stop - length, stop))
        for length, stop in zip(lengths, stops.tolist(), strict=True)
    ]


def tokens_of(examples):
    return [token for example in examples for token in example.token_ids]


def parts(example):
    """The two segments."""
    ids, first = example.token_ids, example.first_length
    return ids[:first], ids[first:]
