"""The settings of albert-tf embed, index, search and mine."""
