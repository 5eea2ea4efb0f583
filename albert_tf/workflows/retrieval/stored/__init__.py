"""Files of embeddings: written part by part, and read again."""
