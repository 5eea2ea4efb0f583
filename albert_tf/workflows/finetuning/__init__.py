"""Fine-tuning: train, evaluate, predict, estimate, check."""
