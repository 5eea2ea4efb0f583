"""TF-Hub style SavedModels of ALBERT, whose variables are found by name."""
