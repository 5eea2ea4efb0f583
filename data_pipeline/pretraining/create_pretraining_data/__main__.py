"""The same as albert-tf records."""

from data_pipeline.commands import records

records.run()
