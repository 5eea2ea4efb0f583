"""The numbers and curves of runs, side by side on one page."""
