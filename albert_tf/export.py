"""Runs the command albert-tf export."""

if __name__ == "__main__":
    from albert_tf import commands

    commands.run("export")
