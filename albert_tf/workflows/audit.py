"""The workflow that reports on the contents of records.

Unlike those in `workflows.data`, it needs TensorFlow.
"""

from albert_tf.workflows.common import named_models
from data_pipeline.pretraining.audit import audit_config
from data_pipeline.pretraining.audit import audit_records as auditing
from data_pipeline.pretraining.audit.audit_records import AuditResult

__all__ = ["AuditResult", "audit_records"]


def audit_records(config: audit_config.AuditConfig) -> AuditResult:
    """Counts records, and compares them with what their settings imply.

    Writes audit.json and audit.png to `output_dir`, if it is given.

    Raises:
        FileExistsError: these files exist.
        FileNotFoundError: no records match.
        ImportError: `output_dir` is given and matplotlib is not installed.
        OSError: the folder cannot be written to, or the vocabulary cannot be
            fetched.
        ValueError: the records are damaged, or have no tokenizer beside them
            and none is given.

    Example:
        >>> import albert_tf
        >>> config = albert_tf.AuditConfig(input_file="records/*.tfrecord")
        >>> config.sample_size
        5000
    """
    return auditing.audit_records(named_models.fetched(config))
