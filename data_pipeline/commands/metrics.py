r"""Scores a file of predictions against labeled data, with official metrics.

    albert-tf metrics --task_name=squad2 --data_file=dev-v2.0.json \
        --predictions=predictions.json

prints the metrics as JSON. The tasks and the flags for their data are those of
albert-tf finetune. The predictions may be a file that this command wrote, or a
file for the GLUE site. Examples without a prediction are counted under
"missing" and scored as wrong.
"""

import json

from data_pipeline.commands import config_flags
from data_pipeline.tasks.configs import metrics_config

# Shown before all others by --help.
_FIRST = (
    "task_name",
    "data_file",
    "predictions",
)


def run() -> None:
    config_flags.run(
        metrics_config.MetricsConfig,
        "data_pipeline.tasks.results.file_metrics:score_predictions",
        __doc__,
        show=lambda result: print(json.dumps(result.metrics, indent=2)),
        first=_FIRST,
    )
