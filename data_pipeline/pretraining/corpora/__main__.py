"""The same as albert-tf corpus."""

from data_pipeline.commands import corpus

corpus.run()
