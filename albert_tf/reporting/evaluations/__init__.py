"""The reports of evaluations: read, and shown on a page."""
