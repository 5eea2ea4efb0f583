"""Sentence embeddings: the model, its settings and its training objectives."""
