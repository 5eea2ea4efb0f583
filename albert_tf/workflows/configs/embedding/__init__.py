"""The settings of training an embedding model."""
