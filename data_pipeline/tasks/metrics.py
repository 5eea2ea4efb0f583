r"""Scores a file of predictions against labelled data, as benchmarks do.

    python -m data_pipeline.tasks.metrics --task_name=squad2 \
        --data_file=dev-v2.0.json --predictions=predictions.json

prints the numbers as JSON. It takes every task of run_classifier.py, with its
flags for the data, and what that writes, or a file for the GLUE site. What has
no prediction is counted under "missing", and counts as wrong.
"""

from absl import flags

from data_pipeline import command_line
from data_pipeline.tasks import task_flags


def run() -> None:
    task_flags.define_data()
    # Labelled data is what run_classifier.py evaluates on.
    flags.DEFINE_alias("data_file", "eval_file")
    flags.DEFINE_string(
        "part", None, "In --data_dir, if it has several: dev_matched and such."
    )
    flags.DEFINE_string("predictions", None, "The file to score.")
    flags.DEFINE_string(
        "null_odds", None, "null_odds.json of SQuAD 2.0, for best_f1 and such."
    )
    command_line.run(
        command_line.main_of("data_pipeline.tasks.file_metrics"), __doc__
    )


if __name__ == "__main__":
    run()
