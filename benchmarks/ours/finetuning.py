"""Worker: fine-tuning by run_classifier.py, from text to updated weights.

In a process of its own, as a user would run it: its start, the encoding of the
text and the saving of weights count. Nothing is evaluated.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks import measure

# What peers can do too: random weights, one pass, no decay of dropout.
_FLAGS = {
    "do_train": "true",
    "num_train_epochs": 1,
    "learning_rate": 1e-5,
    "dropout_prob": 0,
    "warmup_step": 0,
}


def main() -> None:
    settings = measure.settings()
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "albert_config.json")
        with open(config, "w") as file:
            json.dump(settings["config"], file)
        run = os.path.join(folder, "run")
        flags = {
            **_FLAGS,
            "task_name": settings["task_name"],
            "train_file": settings["train_file"],
            "spm_model_file": settings["vocabulary"],
            "albert_config_file": config,
            "output_dir": run,
            "train_batch_size": settings["rows"],
            "max_seq_length": settings["length"],
            "precision": settings["precision"],
            **settings.get("flags", {}),
        }
        begin = time.time()
        subprocess.run(
            [
                sys.executable,
                "run_classifier.py",
                *(f"--{name}={value}" for name, value in flags.items()),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.time() - begin
        with open(os.path.join(run, "metrics.jsonl")) as file:
            rows = [json.loads(line) for line in file]
    examples = settings["examples"]
    measure.report(
        {
            "seconds_per_example": seconds / examples,
            "seconds": seconds,
            "examples": examples,
            "steps": rows[-1]["step"],
        }
    )


if __name__ == "__main__":
    main()
