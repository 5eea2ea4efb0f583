"""The names of classes: where they come from and what they say."""
