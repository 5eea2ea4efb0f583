"""The same as albert-tf submission, for python -m."""
