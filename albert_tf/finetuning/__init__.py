"""Fine-tuning: one or several tasks, parts that train, seeds."""
