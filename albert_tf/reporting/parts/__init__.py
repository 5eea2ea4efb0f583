"""What pages are made of: HTML, drawings, and the titles of numbers."""
