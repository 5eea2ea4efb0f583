"""The settings of models that write texts."""
