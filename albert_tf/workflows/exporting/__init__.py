"""The export of a trained model."""
