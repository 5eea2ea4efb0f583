"""Multiple choice: files of RACE, and tables of one's own."""
