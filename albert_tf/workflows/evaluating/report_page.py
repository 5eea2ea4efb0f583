"""Writes the page of an evaluation beside its report."""

import os

from albert_tf.reporting.evaluations import evaluation_details
from albert_tf.reporting.evaluations import evaluation_page
from data_pipeline.io import files

PAGE_FILE = "report.html"


def write(folder: str) -> str:
    """Writes report.html for the reports in a folder, and returns its path.

    Args:
        folder: the folder of one evaluation.
    """
    page = evaluation_page.page(
        evaluation_details.read(folder, evaluation_details.ONE)
    )
    path = os.path.join(folder, PAGE_FILE)
    # A text may have a lone surrogate, which UTF-8 cannot encode.
    files.write(path, page.encode("utf-8", "backslashreplace"))
    return path
