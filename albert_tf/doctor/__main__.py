"""Runs albert-tf doctor."""

from albert_tf import commands

commands.run("doctor")
