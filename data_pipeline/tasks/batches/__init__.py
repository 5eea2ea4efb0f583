"""Examples to batches: encoding, lengths, packing, order, caches."""
