"""Checks a run before it starts: the judgments behind albert-tf doctor.

The functions here take plain numbers. `albert_tf/workflows/*/doctor*.py` read
the configs, records, data and weights that the numbers come from.
"""
