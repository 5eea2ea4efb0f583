"""Lets `python -m` run albert-tf prune by an earlier name."""
