"""The settings of workflows, from which flags, help and run.json are made."""
