"""Runs the command albert-tf."""

from albert_tf import commands

commands.main()
