"""Documents to records to masked batches."""
