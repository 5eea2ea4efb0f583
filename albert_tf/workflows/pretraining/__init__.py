"""The workflows of pretraining: train, evaluate, estimate, check."""
