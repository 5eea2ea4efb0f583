"""Predicted tags and entities as rows for display, with probabilities."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.tags import entity_words
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_predictions
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags.chains import tag_chain
from data_pipeline.tasks.texts import example_predictions


def rows(
    task: table.Task,
    encoded: tuple[splits.Split, item_features.Features],
    predictions: tuple[Sequence[Any], Mapping[str, np.ndarray]],
    labels: Sequence[str],
    scheme: str,
    threshold: float,
) -> list[dict[str, Any] | None]:
    """Rows for `Kind.shown`: tags, probabilities and entities of the words.

    Entities have start and end, in characters of the text or, without a text,
    in words; type; text; and probability. Probabilities are those of the chain.
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
            "prediction": tag_predictions.respelled(split, tags, scheme),
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
