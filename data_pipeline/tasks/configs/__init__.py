"""Settings of tasks and their data."""
