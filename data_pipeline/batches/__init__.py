"""What the batches of pretraining and of tasks share."""
