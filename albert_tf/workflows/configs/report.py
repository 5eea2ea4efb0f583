"""The settings of albert-tf report."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReportConfig(config.Config):
    """A page with runs side by side.

    Example:
        >>> config = albert_tf.ReportConfig(
        ...     runs=("run1", "run2"), output="runs.html"
        ... )
        >>> config.runs
        ('run1', 'run2')
    """

    runs: tuple[str, ...] = setting(
        (),
        "Folders of runs.",
        is_argument=True,
        is_required=True,
    )
    output: str | None = setting(
        None,
        "Page to write, replaced if it exists. If left out, report.html in "
        "the folder of the first run.",
        section="Flags",
    )
