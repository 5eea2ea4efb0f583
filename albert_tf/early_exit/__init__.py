"""A classifier at every depth, so that easy texts need fewer layers."""
