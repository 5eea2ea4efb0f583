"""The workflows of embeddings: embed, index, search and mine."""
