"""albert-tf embed, index, search and mine."""
