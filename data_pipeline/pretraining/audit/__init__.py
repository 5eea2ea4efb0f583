"""What a record set holds; `python -m data_pipeline.pretraining.audit`."""
