"""The same as albert-tf export."""

from albert_tf import commands

if __name__ == "__main__":
    commands.run("export")
