"""The same as albert-tf vocab."""

from data_pipeline.commands import vocabulary

vocabulary.run()
