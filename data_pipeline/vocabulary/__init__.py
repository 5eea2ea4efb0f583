"""Trains vocabularies, and reports how they fit."""
