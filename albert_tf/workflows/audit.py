"""The workflow that reports on the contents of records.

Unlike those in `workflows.data`, it needs TensorFlow.
"""

from data_pipeline.pretraining.audit.audit_records import AuditResult
from data_pipeline.pretraining.audit.audit_records import audit_records

__all__ = ["AuditResult", "audit_records"]
