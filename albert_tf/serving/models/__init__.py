"""Exported models: loaded, asked, and what may go wrong."""
