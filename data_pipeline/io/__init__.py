"""Files anywhere, written whole or not at all: JSON, locks, progress."""
