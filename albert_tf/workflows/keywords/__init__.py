"""Keyword arguments of a function, as the config of its workflow."""
