"""The same as albert-tf metrics."""

from data_pipeline.commands import metrics

metrics.run()
