"""The configs of workflows, from which flags, help and run.json are made."""
