"""The same as albert-tf metrics, for python -m."""
