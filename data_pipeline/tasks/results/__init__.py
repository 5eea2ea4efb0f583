"""Evaluations and predictions, in files and on the screen."""
