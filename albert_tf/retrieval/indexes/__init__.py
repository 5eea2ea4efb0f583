"""Indexes: in a folder, with vectors by FAISS, or in a Qdrant database."""
