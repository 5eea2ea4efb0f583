"""Trained models for use elsewhere."""
