"""Weights from and for other implementations of ALBERT."""
