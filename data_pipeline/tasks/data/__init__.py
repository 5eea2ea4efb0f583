"""A task's data: its files as parts, and the parts as features."""
