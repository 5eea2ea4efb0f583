"""Texts and pairs of texts: reading, encoding, predictions."""
