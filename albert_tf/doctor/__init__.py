"""Checks of a run before hours are spent on it: albert-tf doctor.

Here are the judgements, on plain numbers; albert_tf/workflows/doctor_*.py read
flags, records, data and weights.
"""
