"""Smaller and faster models from larger ones."""
