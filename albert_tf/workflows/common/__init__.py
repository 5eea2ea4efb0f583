"""What several workflows share; it imports none of them."""
