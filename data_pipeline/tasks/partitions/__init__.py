"""Training rows that are held out: a share of them, or a fold."""
