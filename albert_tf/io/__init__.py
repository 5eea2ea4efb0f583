"""Atomic files and folders, and JSON."""
