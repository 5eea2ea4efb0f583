"""Pretrains: albert-tf pretrain, from a checkout."""

from albert_tf import commands

if __name__ == "__main__":
    commands.run("pretrain")
