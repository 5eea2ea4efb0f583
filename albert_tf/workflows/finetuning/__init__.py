"""The workflows of fine-tuning: train, evaluate, predict, estimate, check."""
