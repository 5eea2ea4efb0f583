"""What reports say of written texts, and the worst of them."""

from typing import Any

import numpy as np

from data_pipeline.tasks import splits
from data_pipeline.tasks.generation import target_features
from data_pipeline.tasks.generation import text_metrics
from data_pipeline.tasks.scoring import worst_errors


def of(
    split: splits.Split, predicted: list[Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The signatures of the metrics, and the texts of the lowest chrF.

    Args:
        split: a labeled split.
        predicted: a text for each example; None for a skipped one.
    Returns:
        Details, with the number of texts that are not one of their references;
        and rows with id, text, label (the first reference), prediction and
        chrf.
    """
    examples = target_features.examples_of(split)
    references = text_metrics.references_of(split)
    texts = [text for text in predicted if text is not None]
    values = text_metrics.of_rows(split, predicted)
    count, worst = worst_errors.worst(
        (
            -value,
            {
                "id": example.id,
                "text": worst_errors.short(example.text),
                "label": worst_errors.short(right[0]),
                "prediction": worst_errors.short(text),
                "chrf": float(np.round(value, 2)),
            },
        )
        for example, right, text, value in zip(
            examples, references, texts, values, strict=True
        )
        if text.strip() not in right
    )
    details = {
        "num_errors": count,
        "signatures": text_metrics.signatures(split),
    }
    return details, worst
