"""Functions that several workflows share."""
