"""Text to batches: tokenizers, records and input pipelines. Never Keras."""
