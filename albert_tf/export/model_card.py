"""The model card of an export: README.md, from what its run wrote down.

Nothing is made up: what a run did not write down is said to be unknown.
"""

import dataclasses
import json
import os
import shlex
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf import json_file
from albert_tf.export import card_usage
from albert_tf.export import gate
from albert_tf.export import latency
from albert_tf.training import flops
from albert_tf.training import run_folder

RESULTS_FILE = "eval_results.json"
# What is there beside metrics, or repeats one.
_NO_METRICS = (
    "score",
    "baseline",
    "baseline_loss",
    "rows",
    "predicted_classes",
)

_WHAT = {
    "pretraining": "fills in masked pieces of a text",
    "classification": "gives a text one of several classes",
    "multilabel": "gives a text any of several classes",
    "regression": "gives a text a number",
    "multiple_choice": "picks one of several answers",
    "tagging": "gives each word of a text a tag",
    "span": "finds the answer to a question in a text",
}
# Settings of run.json that say how a model was trained, as it names them.
_SETTINGS = (
    "init_checkpoint",
    "optimizer",
    "learning_rate",
    "batch_size",
    "num_steps",
    "num_warmup_steps",
    "dropout_prob",
    "max_seq_length",
    "random_seed",
    "precision",
)
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


@dataclasses.dataclass(frozen=True)
class Run:
    """run.json and eval_results.json; None where there is none."""

    settings: dict[str, Any] | None
    metrics: dict[str, float] | None


def read_run(checkpoint: str) -> Run:
    """What lies beside a checkpoint, or, of its best/, one folder up."""
    is_folder = tf.io.gfile.isdir(checkpoint)
    folder = checkpoint if is_folder else os.path.dirname(checkpoint)
    places = (folder, os.path.dirname(folder.rstrip("/")))
    found = []
    for name in (run_folder.RUN_FILE, RESULTS_FILE):
        paths = [os.path.join(place, name) for place in places]
        path = next(filter(tf.io.gfile.exists, paths), None)
        found.append(path and json_file.read_object(path))
    return Run(*found)


def card(facts: Facts, run: Run) -> str:
    """The text of README.md."""
    sections = [
        f"# {facts.name}",
        _summary(facts),
        "## Training",
        _training(run),
        "## Evaluation",
        _evaluation(facts, run),
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
    return _front_matter(facts, run) + "\n\n".join(sections) + "\n"


def _front_matter(facts, run) -> str:
    """YAML, as on the Hugging Face hub; JSON's values are YAML's too."""
    tags = ["albert", "tensorflow"]
    tags += [tag for tag in ("litert", "onnx") if tag in facts.files]
    lines = ["---", f"tags: {json.dumps(tags)}"]
    if facts.license:
        lines.append(f"license: {json.dumps(facts.license)}")
    if "huggingface" in facts.files:
        lines.append("library_name: transformers")
    pipeline = card_usage.PIPELINES.get(facts.kind)
    if pipeline:
        lines.append(f"pipeline_tag: {pipeline}")
    if pipeline and run.metrics:
        metrics = [
            {"type": name, "value": value}
            for name, value in _main_metrics(run.metrics).items()
        ]
        dataset = facts.task or "unknown"
        index = {
            "name": facts.name,
            "results": [
                {
                    "task": {"type": pipeline},
                    "dataset": {"name": dataset, "type": dataset},
                    "metrics": metrics,
                }
            ],
        }
        lines.append(f"model-index: {json.dumps([index])}")
    return "\n".join([*lines, "---", "", ""])


def _summary(facts) -> str:
    config, length = facts.config, facts.max_seq_length
    operations = flops.forward(config, max_seq_length=length)
    lines = [
        f"An ALBERT that {_WHAT[facts.kind]}"
        + (f" ({facts.task})." if facts.task else "."),
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


def _training(run) -> str:
    if run.settings is None:
        return (
            f"Unknown: there was no {run_folder.RUN_FILE} beside the "
            "checkpoint to say how, and on what, it was trained."
        )
    rows = [(n, run.settings[n]) for n in _SETTINGS if n in run.settings]
    text = _table(("setting", "value"), rows)
    if run.settings.get("data"):
        hashes = ", ".join(
            f"{name} (SHA-256 of the training examples {value[:16]}...)"
            for name, value in run.settings["data"].items()
        )
        text = f"Data: {hashes}.\n\n{text}"
    environment = run.settings.get("environment", {})
    if environment.get("command"):
        text += f"\n\nBy this command:\n\n    {_command(environment)}"
    return text


def _evaluation(facts, run) -> str:
    if run.metrics is None:
        return (
            f"Unknown: there was no {RESULTS_FILE} beside the checkpoint. "
            "--do_eval of run_classifier.py writes it."
        )
    rows = [(n, f"{v:.4f}") for n, v in _main_metrics(run.metrics).items()]
    text = _table(("metric", "value"), rows)
    environment = (run.settings or {}).get("environment", {})
    if "--do_eval" in environment.get("command", ()):
        text += f"\n\nBy this command:\n\n    {_command(environment)}"
    return text


def _formats(facts) -> str:
    sizes = [(name, f"{size:,}") for name, size in facts.sizes.items()]
    parts = [_table(("file", "bytes"), sizes)]
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
        parts.append(
            "On labeled examples, beside the original; the difference is "
            "between two numbers of the outputs:\n\n" + _table(heads, rows)
        )
    else:
        parts.append("The formats were not compared on labeled examples.")
    if facts.latencies:
        rows = [
            (one.format, one.max_seq_length, f"{one.milliseconds:.2f}")
            for one in facts.latencies
        ]
        parts.append(
            f"One row at a time, median, on {facts.machine}:\n\n"
            + _table(("format", "tokens", "milliseconds"), rows)
        )
    return "\n\n".join(parts)


def _limits(facts) -> str:
    lines = [
        "- It reflects its training data, including its errors and biases, and "
        "responds to any text, even to one that it has no answer for.",
        "- Its probabilities are not calibrated.",
        "- The metrics hold only for the data named here.",
    ]
    # The others read long texts in several rows.
    if facts.kind not in ("span", "tagging"):
        lines.insert(
            0,
            f"- Text beyond the first {facts.max_seq_length} tokens is not "
            "read.",
        )
    return "\n".join(lines)


def _main_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Without those of single classes, which are many."""
    return {
        name: float(value)
        for name, value in metrics.items()
        if "/" not in name and name not in _NO_METRICS
    }


def _command(environment: Mapping[str, Any]) -> str:
    return "python " + shlex.join(environment["command"])


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
