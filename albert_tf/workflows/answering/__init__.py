"""Texts in and answers out, in Python."""
