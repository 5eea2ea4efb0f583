"""The model card of an export: README.md, from the records of its run.

The card states only facts that the run recorded; everything else is called
unknown.
"""

import dataclasses
import json
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import logging

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf.exporting import gate
from albert_tf.exporting import latency
from albert_tf.exporting.card import evaluations as card_evaluations
from albert_tf.exporting.card import run as card_run
from albert_tf.exporting.card import text as card_text
from albert_tf.exporting.card import usage as card_usage
from albert_tf.planning import flops

_FILLS_IN = "fills in masked pieces of a text"
_NO_LICENSE = (
    "No license was given with this export; it is up to whoever trained the "
    "weights."
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts that a card is written from.

    Attributes:
        name: name of the export.
        kind, task, num_texts, max_seq_length: properties of the task.
        labels: names of the task's classes; () if there are none.
        config: config of the model.
        parameters: number of parameters.
        input_names: names of the inputs, from ids_function.input_names.
        files: formats -> names of their model files.
        sizes: names of model files or folders -> bytes.
        results: results of the gate; () if it was not run.
        latencies: measured latencies; () if none were measured.
        machine: the machine that they were measured on.
        license: the license named by --license, or None.
        checkpoint: the exported checkpoint, relative to its run.
        weights: its hash, from fingerprints.of_weights.
        compared_on: data of the gate: file, part, sha256, rows that were used
            and `of`, the number of rows; None if the data was random.
    """

    name: str
    kind: str
    task: str
    labels: Sequence[str]
    num_texts: int
    max_seq_length: int
    config: config_lib.AlbertConfig
    parameters: int
    input_names: Sequence[str]
    files: Mapping[str, Sequence[str]]
    sizes: Mapping[str, int]
    results: Sequence[gate.Result] = ()
    latencies: Sequence[latency.Latency] = ()
    machine: str = ""
    license: str | None = None
    checkpoint: str = ""
    weights: str = ""
    compared_on: Mapping[str, Any] | None = None


def card(facts: Facts, run: card_run.Run) -> str:
    """Returns the text of README.md."""
    found = _evaluations(facts, run)
    sections = [
        f"# {facts.name}",
        _summary(facts),
        "## Training",
        card_run.text(facts.checkpoint, run),
        "## Evaluation",
        _evaluation(found, run),
        "## Formats",
        _formats(facts),
        "## Use",
        card_usage.text(
            facts.name,
            facts.kind,
            facts.num_texts,
            facts.input_names,
            facts.files,
        ).strip(),
        "## Limits",
        _limits(facts),
        "## License",
        f"Weights: {facts.license}." if facts.license else _NO_LICENSE,
        "Code that wrote this export (albert_tf): Apache-2.0.",
    ]
    held_out = [
        each for each in found if not each.is_of_any(run.training_hashes)
    ]
    return _front_matter(facts, held_out) + "\n\n".join(sections) + "\n"


def _front_matter(
    facts: Facts, found: Sequence[card_evaluations.Evaluation]
) -> str:
    """YAML front matter for the Hugging Face hub; its values are JSON."""
    tags = ["albert", "tensorflow"]
    tags += [tag for tag in ("litert", "onnx") if tag in facts.files]
    lines = ["---", f"tags: {json.dumps(tags)}"]
    if facts.license:
        lines.append(f"license: {json.dumps(facts.license)}")
    if "huggingface" in facts.files:
        lines.append("library_name: transformers")
    pipeline = card_usage.pipeline(facts.kind)
    if pipeline:
        lines.append(f"pipeline_tag: {pipeline}")
    if pipeline and found:
        index = {
            "name": facts.name,
            "results": [_index(pipeline, facts, each) for each in found],
        }
        lines.append(f"model-index: {json.dumps([index])}")
    return "\n".join([*lines, "---", "", ""])


def _index(
    pipeline: str, facts: Facts, evaluation: card_evaluations.Evaluation
) -> dict[str, Any]:
    """An evaluation in the format of the Hugging Face hub."""
    file = card_text.shortened(evaluation.data["file"])
    return {
        "task": {"type": pipeline},
        "dataset": {"name": file, "type": facts.task or "unknown"},
        "metrics": [
            {"type": name, "value": value}
            for name, value in evaluation.metrics.items()
        ],
    }


def _summary(facts: Facts) -> str:
    config, length = facts.config, facts.max_seq_length
    operations = flops.forward(config, max_seq_length=length)
    kind = kinds.KINDS.get(facts.kind)
    does = kind.does if kind else _FILLS_IN
    lines = [
        f"An ALBERT that {does}" + (f" ({facts.task})." if facts.task else "."),
        "",
        f"- {facts.parameters:,} parameters: {config.num_hidden_layers} "
        f"layers of {config.hidden_size}, {config.num_attention_heads} heads, "
        f"sharing {config.share_parameters}; {config.vocab_size:,} pieces",
        f"- {operations:.3g} floating-point operations for a row of {length} "
        "tokens (matrix products; a multiply-add counts as 2)",
        f"- rows of at most {length} tokens",
    ]
    if facts.labels:
        lines.append(f"- labels, in order: {', '.join(facts.labels)}")
    return "\n".join(lines)


def _evaluations(
    facts: Facts, run: card_run.Run
) -> list[card_evaluations.Evaluation]:
    found = card_evaluations.of_weights(
        run.evaluations, facts.weights, facts.checkpoint, facts.task
    )
    return card_evaluations.believed(
        found,
        facts.results,
        facts.compared_on,
        kind.perfect if (kind := kinds.KINDS.get(facts.kind)) else 1.0,
    )


def _evaluation(
    found: Sequence[card_evaluations.Evaluation], run: card_run.Run
) -> str:
    if not found:
        reason = "no evaluation of these weights was recorded"
        if run.evaluations:
            reason = (
                "the recorded evaluations are of other weights, or contradicted"
            )
        elif run.has_other_results:
            reason = (
                f"{card_run.RESULTS_FILE} does not say which checkpoint and "
                "data it belongs to"
            )
        logging.warning("The model card states no evaluation: %s.", reason)
        return f"Unknown: {reason}. `albert-tf evaluate` records one."
    return "\n\n".join(
        f"{each.described(run.training_hashes)}:\n\n"
        + card_text.table(
            ("metric", "value"),
            [(name, f"{value:.4f}") for name, value in each.metrics.items()],
        )
        for each in found
    )


def _formats(facts: Facts) -> str:
    sizes = [(name, f"{size:,}") for name, size in facts.sizes.items()]
    parts = [card_text.table(("file", "bytes"), sizes)]
    if facts.results:
        rows = [
            (
                r.format,
                r.metric,
                f"{r.original:.4f}",
                f"{r.exported:.4f}",
                f"{r.largest_difference:.2g}",
            )
            for r in facts.results
        ]
        heads = (
            "format",
            "metric",
            "original",
            "exported",
            "largest difference",
        )
        on = "random ids"
        if facts.compared_on:
            on = card_evaluations.rows(facts.compared_on)
        parts.append(
            f"Compared with the original on {on}; the largest difference is "
            "between two output values:\n\n" + card_text.table(heads, rows)
        )
    else:
        parts.append("The formats were not compared on labeled examples.")
    if facts.latencies:
        speeds = [
            (one.format, one.max_seq_length, f"{one.milliseconds:.2f}")
            for one in facts.latencies
        ]
        parts.append(
            f"Median latency for one row on {facts.machine}:\n\n"
            + card_text.table(("format", "tokens", "milliseconds"), speeds)
        )
    return "\n\n".join(parts)


def _limits(facts: Facts) -> str:
    lines = [
        "- The model reflects its training data, including errors and biases, "
        "and responds to any text, even if no answer makes sense.",
        "- Its probabilities are not calibrated.",
        "- The metrics hold only for the data named above.",
    ]
    kind = kinds.KINDS.get(facts.kind)
    if not (kind and kind.reads_whole_text):
        lines.insert(
            0,
            f"- Text beyond the first {facts.max_seq_length} tokens is not "
            "read.",
        )
    return "\n".join(lines)
