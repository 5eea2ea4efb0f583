"""For python -m data_pipeline.tasks.metrics, the same as albert-tf metrics."""
