"""Texts to embed: pairs, triplets and scored pairs, and what they are for."""
