"""Tagging: words and their tags, schemes and entities."""
