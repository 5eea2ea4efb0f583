"""The configs of commands for embeddings, and of training them."""
