"""Cross-validation: a run for each fold, and the predictions out of fold."""
