"""The flags of albert-tf calibrate."""
