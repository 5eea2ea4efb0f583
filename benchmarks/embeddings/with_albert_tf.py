"""Worker: trains an embedding model with albert-tf finetune."""

import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks import measure


def main() -> None:
    settings = measure.settings()
    flags = {
        "task_name": "custom",
        "task_type": "embedding",
        "do_train": "true",
        "init_checkpoint": settings["model"],
        "train_file": settings["train_file"],
        "text_column": "anchor",
        "text_pair_column": "positive",
        "delimiter": "tab",
        "output_dir": settings["output"],
        "max_seq_length": settings["length"],
        "length_buckets": settings["buckets"],
        "train_batch_size": settings["rows"],
        "learning_rate": settings["learning_rate"],
        "num_train_steps": settings["steps"],
        "num_warmup_steps": settings["warmup"],
        "temperature": settings["temperature"],
        "bias_correction": "true",
        "dropout_prob": 0,
        "random_seed": settings["seed"],
    }
    subprocess.run(
        [
            sys.executable,
            "-m",
            "albert_tf",
            "finetune",
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    whole = time.time() - settings["started"]
    with open(os.path.join(settings["output"], "metrics.jsonl")) as file:
        rows = [json.loads(line) for line in file]
    # The first row has the steps for which the program is compiled.
    speeds = [
        row["sequences_per_second"]
        for row in rows
        if "sequences_per_second" in row
    ]
    measure.report(
        {
            "seconds": whole,
            "pairs_per_second": statistics.median(speeds[1:] or speeds),
        }
    )


if __name__ == "__main__":
    main()
