r"""Scores a file of predictions against labeled data, as benchmarks do.

    albert-tf metrics --task_name=squad2 --data_file=dev-v2.0.json \
        --predictions=predictions.json

prints the numbers as JSON. The tasks and the flags for their data are those of
albert-tf finetune. The predictions may be what that command writes, or a file
for the GLUE site. Examples without a prediction are counted under "missing" and
scored as wrong.
"""

from absl import flags

from data_pipeline.commands import command_help
from data_pipeline.commands import command_line
from data_pipeline.tasks import task_flags

# Shown before all others by --help.
_FIRST = (
    "task_name",
    "data_file",
    "predictions",
)


def run() -> None:
    task_flags.define_data()
    flags.DEFINE_alias("data_file", "eval_file")
    command_help.section("Predictions")
    flags.DEFINE_string(
        "part",
        None,
        "Part of --data_dir to score, if it has several, such as dev_matched.",
    )
    flags.DEFINE_string("predictions", None, "File of predictions to score.")
    flags.DEFINE_string(
        "null_odds",
        None,
        "null_odds.json of SQuAD 2.0, to also find the best thresholds.",
    )
    command_line.run(
        command_line.main_of("data_pipeline.tasks.results.file_metrics"),
        __doc__,
        first=_FIRST,
    )


if __name__ == "__main__":
    run()
