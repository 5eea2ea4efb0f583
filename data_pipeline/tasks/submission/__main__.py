"""The same as albert-tf submission."""

from data_pipeline.commands import submission

submission.run()
