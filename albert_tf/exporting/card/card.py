"""The model card of an export: README.md, from the records of its run.

The card states only facts that the run recorded; everything else is called
unknown.
"""

from collections.abc import Sequence

from absl import logging

from albert_tf import kinds
from albert_tf.exporting.card import calibration
from albert_tf.exporting.card import embeddings
from albert_tf.exporting.card import evaluations as card_evaluations
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import front_matter
from albert_tf.exporting.card import run as card_run
from albert_tf.exporting.card import text as card_text
from albert_tf.exporting.card import usage as card_usage
from albert_tf.exporting.card import writing
from albert_tf.interop import task_info
from albert_tf.planning import flops

_SHOWN_LABELS = 20
_NO_LICENSE = (
    "No license was given with these weights; it is up to whoever trained them."
)


def card(facts: facts_lib.Facts, run: card_run.Run) -> str:
    """Returns the text of README.md."""
    found = evaluations(facts, run)
    sections = [
        f"# {facts.name}",
        summary(facts),
        "## Training",
        card_run.text(facts.checkpoint, run),
        "## Evaluation",
        evaluation(found, run),
        "## Formats",
        _formats(facts),
        "## Use",
        card_usage.text(facts.name, facts).strip(),
        "## Limits",
        limits(facts),
        "## License",
        license_of(facts),
        "Code that wrote this export (albert_tf): Apache-2.0.",
    ]
    return (
        front_matter.text(facts, held_out(found, run))
        + "\n\n".join(sections)
        + "\n"
    )


def license_of(facts: facts_lib.Facts) -> str:
    """The section on the license of the weights."""
    return f"Weights: {facts.license}." if facts.license else _NO_LICENSE


def held_out(
    found: Sequence[card_evaluations.Evaluation], run: card_run.Run
) -> list[card_evaluations.Evaluation]:
    """The evaluations on data that the run was not trained on."""
    return [each for each in found if not each.is_of_any(run.training_hashes)]


def summary(facts: facts_lib.Facts) -> str:
    """What the model does, and how large it is."""
    config, length = facts.config, facts.max_seq_length
    operations = flops.forward(config, max_seq_length=length)
    is_published = facts.task not in ("", task_info.CUSTOM)
    lines = [
        f"An ALBERT that {facts.does}"
        + (f" ({facts.task})." if is_published else "."),
        "",
        f"- {facts.parameters:,} parameters: {config.num_hidden_layers} "
        f"layers of {config.hidden_size}, {config.num_attention_heads} heads, "
        f"sharing {config.share_parameters}; {config.vocab_size:,} pieces",
        f"- {operations:.3g} floating-point operations for a row of {length} "
        "tokens (matrix products; a multiply-add counts as 2)",
        f"- rows of at most {length} tokens",
    ]
    if facts.embedding:
        lines += embeddings.summary(facts.embedding, facts.embedding_size)
    if facts.decoding:
        lines += writing.summary(facts.decoding)
    if facts.labels:
        shown = ", ".join(facts.labels[:_SHOWN_LABELS])
        if len(facts.labels) > _SHOWN_LABELS:
            shown += f" and more; config.json names all {len(facts.labels)}"
        lines.append(f"- labels, in order: {shown}")
    return "\n".join(lines)


def evaluations(
    facts: facts_lib.Facts, run: card_run.Run
) -> list[card_evaluations.Evaluation]:
    """The recorded evaluations of the model's own weights."""
    found = card_evaluations.of_weights(
        run.evaluations, facts.weights, facts.checkpoint, facts.task
    )
    return card_evaluations.believed(
        found,
        facts.results,
        facts.compared_on,
        kind.perfect if (kind := kinds.KINDS.get(facts.kind)) else 1.0,
    )


def evaluation(
    found: Sequence[card_evaluations.Evaluation], run: card_run.Run
) -> str:
    """The section on evaluations."""
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


def _formats(facts: facts_lib.Facts) -> str:
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


def limits(facts: facts_lib.Facts) -> str:
    """The section on what not to expect of the model."""
    lines = [
        "- The model reflects its training data, including errors and biases, "
        "and responds to any text, even if no answer makes sense.",
        _outputs(facts),
        "- The metrics hold only for the data named above.",
    ]
    kind = kinds.KINDS.get(facts.kind)
    if not (kind and kind.reads_whole_text):
        lines.insert(0, _not_read(facts))
    return "\n".join(lines)


def _outputs(facts: facts_lib.Facts) -> str:
    """What the numbers of an answer are not."""
    if facts.embedding:
        return embeddings.LIMITS
    if facts.decoding:
        return writing.LIMITS
    return "\n".join(calibration.lines(facts.calibration))


def _not_read(facts: facts_lib.Facts) -> str:
    """Which part of a long text the model does not read."""
    length = facts.max_seq_length
    if facts.long_texts == "head_tail":
        return (
            f"- The middle of a text of more than {length} tokens is not read."
        )
    if facts.long_texts == "windows":
        return (
            f"- A long text is read in overlapping windows of {length} tokens; "
            f"what is beyond the first {facts.max_windows} windows is not read."
        )
    return f"- Text beyond the first {length} tokens is not read."
