"""`calibrate`: probabilities, thresholds and sets of a trained model."""
