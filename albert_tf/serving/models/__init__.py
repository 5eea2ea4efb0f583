"""Exported models: loading, requests, answers and errors."""
