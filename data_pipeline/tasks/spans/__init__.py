"""Span tasks: questions, windows of a context, answers."""
