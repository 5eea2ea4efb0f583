"""Texts by meaning and by words: indexes, search, fusion and its measures."""
