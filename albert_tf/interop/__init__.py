"""Reads and writes weights of other implementations of ALBERT."""
