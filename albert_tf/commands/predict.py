r"""Predicts a file or a text with a trained model.

    albert-tf predict run new.csv
    albert-tf predict run --text="A great film." --text="A dull one."

The first writes a row for each input to run/predictions/NAME.jsonl: the text,
the prediction, its probability, and the label if the file has one. It prints
where the file is and shows three rows. The task, the columns and the lengths
are those that the run was trained with; flags replace them. The file may be any
that training reads, with or without labels, a .txt file with one text a line,
or - for standard input. Without a file, the parts that the run's data has for
prediction are predicted.

Pairs take --text and --text_b, questions --question and --context, and multiple
choice a --choice for each choice. An empty text is an error that names its row;
with --on_bad_row=skip its prediction is null.
"""

from absl import flags

from albert_tf import which_flag
from albert_tf.training import device_flags
from albert_tf.training import finetuning_flags
from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.tasks import given_text_flags
from data_pipeline.tasks import task_flags

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


def run() -> None:
    command_help.section("Predictions")
    given_text_flags.define()
    flags.DEFINE_string(
        "output",
        None,
        "File to write, .jsonl or .csv. If left out, one under a name of its "
        "own in predictions/ of the run or of the folder with the model.",
    )
    flags.DEFINE_integer(
        "predict_batch_size",
        64,
        "Examples per prediction batch, over all replicas.",
        1,
    )
    task_flags.define()
    command_help.section("Model")
    which_flag.define("MODEL")
    finetuning_flags.define_sizes()
    device_flags.define()
    command_line.run(
        command_line.main_of("albert_tf.workflows.finetuning.predict"),
        __doc__,
        first=_FIRST,
    )
