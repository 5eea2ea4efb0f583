"""Labelled data to batches, and predictions to files and metrics."""
