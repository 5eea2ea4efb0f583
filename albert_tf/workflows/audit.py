"""The workflow that reports what records contain.

Unlike those of `workflows.data`, it needs TensorFlow.
"""

from data_pipeline.pretraining.audit.audit_records import AuditResult
from data_pipeline.pretraining.audit.audit_records import audit_records

__all__ = ["AuditResult", "audit_records"]
