"""Pretraining: train, evaluate, estimate, check."""
