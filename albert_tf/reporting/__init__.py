"""Reports on runs: their numbers and curves, side by side on one page."""
