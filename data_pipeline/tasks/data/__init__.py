"""A task's data: reads its splits from files, checks and encodes them."""
