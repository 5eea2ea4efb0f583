"""How text becomes pieces: its normalization, and the models of pieces."""
