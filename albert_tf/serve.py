"""The same as albert-tf serve."""

from albert_tf import commands

if __name__ == "__main__":
    commands.run("serve")
