"""Early exit: a classifier at every layer, so that easy texts leave sooner."""
