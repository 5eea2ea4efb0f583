"""Reads text of many formats as documents of sentences."""
