"""The same as albert-tf."""

from albert_tf import commands

commands.main()
