"""Builds record files from documents, with processes or a Beam runner."""
