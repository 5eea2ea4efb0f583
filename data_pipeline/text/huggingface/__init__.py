"""Hugging Face's tokenizer files: read and written."""
