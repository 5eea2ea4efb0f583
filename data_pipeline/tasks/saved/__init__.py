"""What is kept beside a trained model of its tasks."""
