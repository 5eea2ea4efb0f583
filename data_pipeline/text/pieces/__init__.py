"""Turns text into pieces: normalization, and the models of pieces."""
