"""Models that answer questions with spans of their contexts."""
