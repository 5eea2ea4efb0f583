"""A task's data: its files as splits, and the splits as features."""
