"""The report of an evaluation as one self-contained HTML page."""

import html

from albert_tf import plots
from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.evaluations import evaluation_section
from albert_tf.reporting.parts import markup


def page(evaluations: list[evaluation_details.Evaluation]) -> str:
    """The evaluations of one model as an HTML document. Without matplotlib, it
    has a note in place of pictures."""
    draws = plots.is_drawable()
    parts = [] if draws else [markup.warning(markup.NO_PICTURES)]
    several = len(evaluations) > 1
    for number, evaluation in enumerate(evaluations):
        if several:
            parts.append(f"<h2>{html.escape(title(evaluation))}</h2>")
        key = f"evaluation {number}"
        parts += evaluation_section.content(evaluation, key, draws)
    name = "several splits" if several else title(evaluations[0])
    return markup.document(f"Evaluation on {name}", parts)


def title(evaluation: evaluation_details.Evaluation) -> str:
    """The task and the data of an evaluation, as plain text."""
    return f"{evaluation.task}: {evaluation.data}"
