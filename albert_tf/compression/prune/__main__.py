"""Runs the command albert-tf prune."""

from albert_tf import commands

commands.run("prune")
