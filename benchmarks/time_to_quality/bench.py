"""Measures recipes, and keeps what was measured in a folder."""

import argparse
import json
import os
import subprocess
import time

import albert_tf
from benchmarks.time_to_quality import corpus
from benchmarks.time_to_quality import recipes as recipes_lib
from benchmarks.time_to_quality import runs
from data_pipeline.text import tokenizers


class Bench:
    """Measures recipes; a measured one is read from --work_dir."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self.config = albert_tf.AlbertConfig.from_json(
            arguments.albert_config_file
        )
        self._held_out = self._file("heldout.npz")
        self._rows = self._file("rows.npy")
        length = arguments.max_seq_length
        if not os.path.exists(self._held_out):
            corpus.write_held_out(
                self._records(arguments.heldout_file, "heldout", length),
                length,
                arguments.heldout_rows,
                self._held_out,
            )
        if arguments.peer_python and not os.path.exists(self._rows):
            pattern = self._records(arguments.text_file, "train", length)
            corpus.write_stream(pattern, length, self._rows)

    def measure(
        self,
        recipe: recipes_lib.Recipe,
        precision: str,
        rate: float,
        seed: int,
        minutes: float,
    ) -> dict:
        """One run; see `runs.train`."""
        name = f"{recipe.name}-{precision}-{rate:g}-{minutes:g}min-seed{seed}"
        path = self._file(f"{name}.json")
        asked = {
            "recipe": recipe.name,
            "flags": recipe.flags,
            "precision": precision,
            "learning_rate": rate,
            "seed": seed,
            "minutes": minutes,
        }
        if os.path.exists(path):
            with open(path) as file:
                found = json.load(file)
            if found["flags"] != recipe.flags:
                raise ValueError(
                    f"{path} must be of a run with the flags of --recipes. "
                    f"Received: {found['flags']} there and {recipe.flags} now. "
                    "Give the recipe another name."
                )
            return found
        print(f"{name}, {time.strftime('%H:%M')}", flush=True)
        run = self._peer if recipe.name == recipes_lib.PEER else self._ours
        found = {**asked, **run(asked, name)}
        with open(f"{path}.part", "w") as file:
            json.dump(found, file, indent=1)
        os.replace(f"{path}.part", path)
        return found

    def _ours(self, asked: dict, name: str) -> dict:
        arguments = self._arguments
        length = arguments.max_seq_length
        patterns = [
            self._records(arguments.text_file, "train", each)
            for each in recipes_lib.lengths(
                recipes_lib.Recipe(name, asked["flags"]), length
            )
        ]
        flags = {
            "input_file": ",".join(patterns),
            "max_seq_length": str(length),
            "max_predictions_per_seq": "20",
            "train_batch_size": str(arguments.train_batch_size),
            "learning_rate": str(asked["learning_rate"]),
            "precision": asked["precision"],
            "random_seed": str(asked["seed"]),
            **asked["flags"],
        }
        return runs.train(
            self._file(name),
            self.config,
            flags,
            60 * asked["minutes"],
            self._held_out,
            arguments.core is not None,
        )

    def _peer(self, asked: dict, name: str) -> dict:
        arguments = self._arguments
        tokenizer = tokenizers.load(arguments.spm_model_file)
        settings = {
            **asked,
            "seconds": 60 * asked["minutes"],
            "config": self.config.to_dict(),
            "batch_size": arguments.train_batch_size,
            "rows_file": self._rows,
            "held_out": self._held_out,
            "special_ids": [tokenizer.cls_id, tokenizer.sep_id],
            "mask_id": tokenizer.mask_id,
            "points": runs.POINTS,
            "started": time.time(),
            "one_core": arguments.core is not None,
        }
        done = subprocess.run(
            [
                arguments.peer_python,
                "-m",
                "benchmarks.peers.transformers_masked_lm",
                json.dumps(settings),
            ],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])

    def _records(self, text: str, part: str, length: int) -> str:
        folder = self._file(f"records/{part}{length}")
        return corpus.records(
            folder, text, self._arguments.spm_model_file, length
        )

    def _file(self, name: str) -> str:
        return os.path.join(os.path.abspath(self._arguments.work_dir), name)
