"""A model's outputs as plain dicts, with the settings of a predictor."""

from typing import Any

import numpy as np

from data_pipeline.answers import masks

Answer = dict[str, Any]


def plain(outputs: dict[str, np.ndarray]) -> Answer:
    """The outputs of one input, whose first axis is 1, as Python's own
    values."""
    return {name: _plain(array[0]) for name, array in outputs.items()}


def without_label(answer: Answer) -> Answer:
    """The answer with None in place of the label "", which stands for none of
    the classes."""
    if answer.get("none_of_these"):
        return {**answer, "label": None}
    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    elif isinstance(value, np.generic):
        value = value.item()
    return _decoded(value)


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    # A tokenizer may cut inside a character.
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def check_settings(
    outputs: set[str], top_k: int | None, threshold: float | None
) -> None:
    """Checks that a model has what the settings are about.

    Args:
        outputs: the names of a model's outputs.
        top_k, threshold: as in `albert_tf.predictor`.
    Raises:
        ValueError: it does not, or a value is out of range.
    """
    if top_k is not None:
        if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
            raise ValueError(
                "`top_k` must be a whole number of at least 1. Received: "
                f"{top_k!r}."
            )
        if not outputs & {"labels", "tokens", "texts"}:
            raise ValueError(
                "`top_k` must be used with a model that scores classes, fills "
                f"in masks or writes texts. Received: {top_k}, for a model "
                "that answers "
                f"{', '.join(sorted(outputs))}. Leave it out."
            )
        if "tokens" in outputs and top_k > masks.TOP_K:
            raise ValueError(
                f"`top_k` must be at most {masks.TOP_K} for masks. Received: "
                f"{top_k}."
            )
    if threshold is None:
        return
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise ValueError(
            f"`threshold` must be a number. Received: {threshold!r}."
        )
    if "null_score" in outputs:
        return
    if not outputs & {"labels", "entities"}:
        raise ValueError(
            "`threshold` must be used with a model of classes, entities or "
            f"answers. Received: {threshold}, for a model that answers "
            f"{', '.join(sorted(outputs))}. Leave it out."
        )
    if not 0 <= threshold <= 1:
        raise ValueError(
            "`threshold` must be a probability, from 0 to 1. Received: "
            f"{threshold}."
        )


def above(answer: Answer, threshold: float) -> Answer:
    """The answer by another threshold, as `albert_tf.predictor` says."""
    if "null_score" in answer:
        exists = answer["null_score"] <= threshold
        return {**answer, "answer": answer["best_answer"] if exists else ""}
    probabilities = answer["probabilities"]
    if "chosen" in answer:
        return {**answer, "chosen": [p > threshold for p in probabilities]}
    if "label" in answer:
        is_sure = max(probabilities) >= threshold
        best = answer.get("best_label", answer["label"])
        changed = {**answer, "label": best if is_sure else None}
        if "none_of_these" in answer:
            changed["none_of_these"] = not is_sure
        return changed
    kept = [i for i, p in enumerate(probabilities) if p >= threshold]
    names = ("entities", "types", "starts", "ends", "probabilities")
    return {
        **answer,
        **{name: [answer[name][i] for i in kept] for name in names},
    }


def best(answer: Answer, top_k: int) -> Answer:
    """The answer with its likeliest classes, pieces or texts only, in order."""
    if "texts" in answer:
        return {
            **answer,
            "texts": answer["texts"][:top_k],
            "scores": answer["scores"][:top_k],
        }
    if "tokens" in answer:
        return {
            **answer,
            "tokens": [row[:top_k] for row in answer["tokens"]],
            "probabilities": [row[:top_k] for row in answer["probabilities"]],
        }
    probabilities = answer["probabilities"]
    order = sorted(range(len(probabilities)), key=lambda i: -probabilities[i])
    names = {"labels", "probabilities", "chosen"} & answer.keys()
    return {
        **answer,
        **{name: [answer[name][i] for i in order[:top_k]] for name in names},
    }
