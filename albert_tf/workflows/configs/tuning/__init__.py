"""The settings of a search for hyperparameters."""
