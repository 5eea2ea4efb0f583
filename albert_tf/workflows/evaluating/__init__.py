"""What an evaluation writes beside its metrics."""
