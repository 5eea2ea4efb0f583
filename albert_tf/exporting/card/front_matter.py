"""The YAML at the top of a model card, which the Hugging Face Hub reads."""

import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf.exporting.card import evaluations as card_evaluations
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import text as card_text


def text(
    facts: facts_lib.Facts,
    found: Sequence[card_evaluations.Evaluation],
    base_model: str | None = None,
) -> str:
    """The front matter, with the lines around it; its values are JSON.

    Source: https://huggingface.co/docs/hub/model-cards

    Args:
        facts: the facts of the card.
        found: evaluations on data that the model was not trained on.
        base_model: the repository on the Hub that training started from.
    """
    tags = ["albert", "albert_tf", "tensorflow"]
    tags += [
        tag for tag in ("litert", "onnx", "openvino") if tag in facts.files
    ]
    fields: dict[str, Any] = {"tags": tags}
    if facts.license:
        # The Hub's names of licenses have no capitals.
        fields["license"] = facts.license.lower()
    if "huggingface" in facts.files:
        fields["library_name"] = "transformers"
    if "sentence_transformers" in facts.files:
        fields["library_name"] = "sentence-transformers"
    if base_model:
        fields["base_model"] = base_model
    if facts.pipeline:
        fields["pipeline_tag"] = facts.pipeline
    if facts.pipeline and found:
        results = [_result(facts.pipeline, facts, each) for each in found]
        fields["model-index"] = [{"name": facts.name, "results": results}]
    lines = [f"{name}: {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---", "", ""])


def _result(
    pipeline: str,
    facts: facts_lib.Facts,
    evaluation: card_evaluations.Evaluation,
) -> Mapping[str, Any]:
    file = card_text.shortened(evaluation.data["file"])
    return {
        "task": {"type": pipeline},
        "dataset": {"name": file, "type": facts.task or "unknown"},
        "metrics": [
            {"type": name, "value": value}
            for name, value in evaluation.metrics.items()
        ],
    }
