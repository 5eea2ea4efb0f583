"""Configs of tasks and their data."""
