"""The settings of training on labels as they are."""
