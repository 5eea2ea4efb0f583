"""For python -m data_pipeline.tasks.submission, the same as albert-tf submission."""
