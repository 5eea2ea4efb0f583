"""The same as albert-tf report."""

from albert_tf import commands

commands.run("report")
