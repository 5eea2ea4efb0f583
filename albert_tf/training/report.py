"""The same as albert-tf report."""

from albert_tf import commands

if __name__ == "__main__":
    commands.run("report")
