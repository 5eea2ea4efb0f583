"""Writes the model card of an export."""
