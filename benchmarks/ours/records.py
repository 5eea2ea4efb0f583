"""Worker: building records, or feeding batches of them, ours.

Runs benchmarks/record_building.py or benchmarks/input_pipeline.py, which tell
more, and keeps one figure of each.
"""

import json
import statistics
import subprocess
import sys

from benchmarks import measure


def _run(module: str, **flags) -> dict:
    outcome = subprocess.run(
        [
            sys.executable,
            "-m",
            f"benchmarks.{module}",
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(outcome.stdout)


def main() -> None:
    settings = measure.settings()
    if settings["part"] == "build":
        found = _run(
            "record_building",
            input_file=settings["text_file"],
            spm_model_file=settings["vocabulary"],
            num_workers=measure.threads(),
            rounds=1,
        )
        values = {
            "seconds_per_mb": found["seconds"][0] / found["text_mb"],
            "mb": found["text_mb"],
        }
    else:
        found = _run(
            "input_pipeline",
            input_file=settings["records"],
            max_seq_length=settings["length"],
            seconds=settings["seconds"],
        )
        speed = statistics.median(found["sequences_per_second"])
        values = {"seconds_per_1000_rows": 1000 / speed}
    measure.report(values)


if __name__ == "__main__":
    main()
