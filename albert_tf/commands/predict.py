r"""Predicts a file or a text with a trained model.

    albert-tf predict run new.csv
    albert-tf predict run --text="A great film." --text="A dull one."

The first command writes a row for each input to run/predictions/NAME.jsonl: the
text, the prediction, its probability, and the label if the file has one. It
prints the path of the file and three of its rows. The task, the columns and the
lengths are those that the run was trained with, unless flags override them. The
file may be any that training reads, with or without labels, a .txt file with
one text per line, or - for standard input. Without a file, the run's own data
for prediction is used.

Give pairs with --text and --text_b, questions with --question and --context,
and multiple choice with one --choice for each choice. An empty text is an error
that names its row; with --on_bad_row=skip, its prediction is null.
"""

from typing import TYPE_CHECKING

from albert_tf.workflows.configs import inference
from data_pipeline.commands import config_flags
from data_pipeline.tasks.results import prediction_output

if TYPE_CHECKING:
    from albert_tf.workflows.finetuning.predict import PredictResult

# Shown before all others by --help.
_FIRST = (
    "text",
    "text_b",
    "question",
    "context",
    "choice",
    "output",
    "text_column",
    "on_bad_row",
    "null_score_threshold",
)
_ROWS_OF_FILE = 3


def run() -> None:
    config_flags.run(
        inference.PredictConfig,
        "albert_tf.workflows.finetuning.predict:predict",
        __doc__,
        show=_show,
        first=_FIRST,
    )


def _show(result: "PredictResult") -> None:
    for part in result.parts:
        shown = part.rows if part.are_texts else part.rows[:_ROWS_OF_FILE]
        print(prediction_output.table(shown))
        if len(part.rows) > len(shown):
            print(f"... and {len(part.rows) - len(shown):,} more")
        if part.path:
            print(f"Predictions: {part.path}")
