r"""Merges predictions into a zip file that gluebenchmark.com accepts.

    albert-tf submission --input_dir=runs/cola,runs/mnli \
        --output=submission.zip

merges the submission.zip files of several runs, and lists which of the 11 files
are missing: the site accepts only complete sets.
"""

from data_pipeline.commands import config_flags
from data_pipeline.tasks.configs import metrics_config


def run() -> None:
    config_flags.run(
        metrics_config.SubmissionConfig,
        "data_pipeline.tasks.results.submission:merge_submissions",
        __doc__,
    )
