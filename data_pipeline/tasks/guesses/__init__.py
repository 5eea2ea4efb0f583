"""The predictions of baselines: models without a network."""
