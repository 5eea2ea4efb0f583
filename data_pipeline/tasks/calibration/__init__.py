"""Calibration of probabilities, and the decisions that follow from them."""
