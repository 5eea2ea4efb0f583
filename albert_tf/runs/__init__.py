"""What a run's folder holds, and whether it may resume."""
