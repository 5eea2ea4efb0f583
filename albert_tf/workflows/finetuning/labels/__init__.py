"""How a run trains on labels as they are."""
