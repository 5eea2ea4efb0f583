"""Turns labeled data into batches, and predictions into files and metrics."""
