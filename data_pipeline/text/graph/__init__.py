"""Tokenization inside a TensorFlow graph, for exported models."""
