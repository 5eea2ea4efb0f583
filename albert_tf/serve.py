"""Runs the command albert-tf serve."""

if __name__ == "__main__":
    from albert_tf import commands

    commands.run("serve")
