"""Files beside a trained model that describe its tasks."""
