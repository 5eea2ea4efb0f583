"""Runs the command albert-tf exit-curve."""

from albert_tf import commands

commands.run("exit-curve")
