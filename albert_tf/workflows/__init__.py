"""What each command does: the room where the two packages meet."""
