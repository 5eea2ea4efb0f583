"""Metrics, baselines and errors of predictions."""
