"""The command that searches for settings, and its processes."""
