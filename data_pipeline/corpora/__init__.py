"""Text of any format to documents of sentences."""
