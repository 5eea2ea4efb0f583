"""Reads the tokenizer files of Hugging Face folders."""
