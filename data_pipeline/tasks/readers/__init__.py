"""Reads files of any layout as rows and examples."""
