"""The same as albert-tf serve."""

from albert_tf import commands

commands.run("serve")
