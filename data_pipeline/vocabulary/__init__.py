"""Text to a vocabulary, with a report of what it lacks."""
