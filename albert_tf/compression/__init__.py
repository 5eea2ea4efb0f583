"""Makes models smaller and faster."""
