"""Multiple choice: RACE's files, and a user's own tables."""
