"""Requests for embeddings and ranks in the forms of other servers."""
