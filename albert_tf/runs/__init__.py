"""The folder of a run: its files and checkpoints, and whether it may resume."""
