"""How text of each format is recognized, opened, and cut into documents."""
