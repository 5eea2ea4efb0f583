"""The model card of an export: README.md, from what its run wrote down.

Nothing is made up: what a run did not write down is said to be unknown.
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
    "The license of the weights is up to whoever trained them; none was given "
    "with this export."
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """What a card is written from.

    name: of the export.
    kind, task, labels, num_texts, max_seq_length: of the task; labels () where
        it has none.
    config: of the network.
    parameters: how many.
    input_names: of ids, as of ids_function.input_names.
    files: by format, the names of its model files.
    sizes: by name of a model file or folder, bytes.
    results: of the gate; () if there was none.
    latencies: measured; () if none was.
    machine: that measured them.
    license: that --license names, or None.
    checkpoint: the one that is exported, relative to its run.
    weights: its hexadecimal SHA-256, as of fingerprints.of_weights.
    compared_on: file, part, sha256, rows of the gate's examples, and `of` how
        many there are; None if they were random.
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
    """The text of README.md."""
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
        "## Licence",
        f"Weights: {facts.license}." if facts.license else _NO_LICENSE,
        "Code that made it (albert_tf): Apache-2.0.",
    ]
    held_out = [
        each for each in found if not each.is_of_any(run.training_hashes)
    ]
    return _front_matter(facts, held_out) + "\n\n".join(sections) + "\n"


def _front_matter(facts, found) -> str:
    """YAML, as on the Hugging Face hub; JSON's values are YAML's too."""
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


def _index(pipeline, facts, evaluation) -> dict[str, Any]:
    """A result as the Hugging Face hub shows it."""
    file = card_text.shortened(evaluation.data["file"])
    return {
        "task": {"type": pipeline},
        "dataset": {"name": file, "type": facts.task or "unknown"},
        "metrics": [
            {"type": name, "value": value}
            for name, value in evaluation.metrics.items()
        ],
    }


def _summary(facts) -> str:
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
        "tokens (matrix products, 2 for a multiplication and its addition)",
        f"- rows of at most {length} tokens",
    ]
    if facts.labels:
        lines.append(f"- labels, in order: {', '.join(facts.labels)}")
    return "\n".join(lines)


def _evaluations(facts, run) -> list[card_evaluations.Evaluation]:
    found = card_evaluations.of_weights(
        run.evaluations, facts.weights, facts.checkpoint, facts.task
    )
    return card_evaluations.believed(
        found,
        facts.results,
        facts.compared_on,
        kind.perfect if (kind := kinds.KINDS.get(facts.kind)) else 1.0,
    )


def _evaluation(found, run) -> str:
    if not found:
        reason = "no evaluation of these weights was written down"
        if run.evaluations:
            reason = "the evaluations of its run are of other weights, or wrong"
        elif run.has_other_results:
            reason = (
                f"{card_run.RESULTS_FILE} does not say which checkpoint and "
                "which data it is of"
            )
        logging.warning("The model card states no evaluation: %s.", reason)
        return f"Unknown: {reason}. `albert-tf evaluate` writes one down."
    return "\n\n".join(
        f"{each.described(run.training_hashes)}:\n\n"
        + card_text.table(
            ("metric", "value"),
            [(name, f"{value:.4f}") for name, value in each.metrics.items()],
        )
        for each in found
    )


def _formats(facts) -> str:
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
        heads = ("format", "metric", "original", "here", "largest difference")
        on = "random ids"
        if facts.compared_on:
            on = card_evaluations.rows(facts.compared_on)
        parts.append(
            f"On {on}, beside the original; the difference is between two "
            "numbers of the outputs:\n\n" + card_text.table(heads, rows)
        )
    else:
        parts.append("The formats were not compared on labeled examples.")
    if facts.latencies:
        speeds = [
            (one.format, one.max_seq_length, f"{one.milliseconds:.2f}")
            for one in facts.latencies
        ]
        parts.append(
            f"One row at a time, median, on {facts.machine}:\n\n"
            + card_text.table(("format", "tokens", "milliseconds"), speeds)
        )
    return "\n\n".join(parts)


def _limits(facts) -> str:
    lines = [
        "- It reflects its training data, including its errors and biases, and "
        "responds to any text, even to one that it has no answer for.",
        "- Its probabilities are not calibrated.",
        "- The metrics hold only for the data named here.",
    ]
    kind = kinds.KINDS.get(facts.kind)
    if not (kind and kind.reads_whole_text):
        lines.insert(
            0,
            f"- Text beyond the first {facts.max_seq_length} tokens is not "
            "read.",
        )
    return "\n".join(lines)
