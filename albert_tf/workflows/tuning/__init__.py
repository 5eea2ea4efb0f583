"""A search for the settings of a fine-tuning run."""
