"""Exports trained models to other formats and compares them."""
