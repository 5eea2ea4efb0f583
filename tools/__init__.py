"""What is run on the project and not by it."""
