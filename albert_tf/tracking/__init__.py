"""Followers of runs: they are told what a run reports, as it reports it."""
