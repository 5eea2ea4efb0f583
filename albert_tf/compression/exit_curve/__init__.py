"""Lets `python -m` run albert-tf exit-curve by an earlier name."""
