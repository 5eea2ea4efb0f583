"""Early exit: a classifier at every depth, so that easy texts exit sooner."""
