"""Metrics, predictions and what is printed about them."""
