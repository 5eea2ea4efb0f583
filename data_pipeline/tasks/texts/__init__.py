"""Texts and pairs of texts: rows, losses, predictions."""
