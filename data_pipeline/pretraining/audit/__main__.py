"""The same as albert-tf audit."""

from data_pipeline.commands import audit

audit.run()
