"""Prunes a fine-tuned model by what matters on its task's data."""
