"""What a report of an evaluation adds to its scores."""
