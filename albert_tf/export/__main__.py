"""The same as albert-tf export."""

from albert_tf import commands

commands.run("export")
