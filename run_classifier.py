"""Fine-tunes, evaluates and predicts: albert-tf finetune, from a checkout."""

from albert_tf import commands

if __name__ == "__main__":
    commands.run("finetune")
