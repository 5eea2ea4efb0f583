"""Folders of sentence-transformers, read and written without it."""
