r"""Reports the contents of a record set, before a model is trained on it.

    albert-tf audit --input_file='records/train/*.tfrecord' \
        --output_dir=audit --show=5

prints statistics of the records next to the values that their settings imply,
with a warning wherever the two differ, and rows as training sees them; it also
writes audit.json and audit.png. All records are counted. Masks are drawn for
the first --sample_size records, which are a random sample, since records are
shuffled on disk.
"""

import shutil
import sys
from typing import TYPE_CHECKING

from data_pipeline.commands import config_flags
from data_pipeline.pretraining.audit import audit_config

if TYPE_CHECKING:
    from data_pipeline.pretraining.audit.audit_records import AuditResult


def run() -> None:
    config_flags.run(
        audit_config.AuditConfig,
        # Above this package: it knows the names of models.
        "albert_tf.workflows.audit:audit_records",
        __doc__,
        show=_show,
        # Shown before all others by --help.
        first=("input_file", "output_dir", "show"),
    )


def _show(result: "AuditResult") -> None:
    from data_pipeline.pretraining.audit import report
    from data_pipeline.pretraining.audit import show

    for number, row in enumerate(result.rows):
        label = show.label(row.order, result.sentence_task, row.is_fixed)
        text = show.render(
            row,
            result.tokenizer,
            title=f"row {number}, {label}",
            width=min(shutil.get_terminal_size().columns, 120),
            color=sys.stdout.isatty(),
        )
        print(text, end="\n\n")
    print(report.summary(result.counts, result.masks), end="\n\n")
    table = report.table(result.comparisons, result.masks["rows"])
    print(table, flush=True)
