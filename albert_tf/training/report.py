"""Runs albert-tf report."""

if __name__ == "__main__":
    from albert_tf import commands

    commands.run("report")
