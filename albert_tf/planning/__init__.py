"""Estimates of a run's work, memory and time, and its schedule of lengths."""
