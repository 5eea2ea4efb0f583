"""Checks of a pretraining run before hours are spent on it.

`python -m albert_tf.doctor` with the flags of run_pretraining.py. Here are the
judgements, on plain numbers; __main__ reads flags and records.
"""
