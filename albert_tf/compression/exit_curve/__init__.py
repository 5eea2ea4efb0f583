"""What a model with early exits scores, by the work that it does."""
