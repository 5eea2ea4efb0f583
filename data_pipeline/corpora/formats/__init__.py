"""Recognizes, opens and parses text of each format."""
