"""Turns encoded examples into batches: lengths, packing and order."""
