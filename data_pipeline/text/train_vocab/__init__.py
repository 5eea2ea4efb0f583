"""Run by python -m: the command albert-tf vocab."""
