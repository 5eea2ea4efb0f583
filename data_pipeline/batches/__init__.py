"""What batches of pretraining and of tasks have in common."""
