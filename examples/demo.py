"""From raw text to an exported ALBERT, by the commands that the README teaches.

    make demo

Each command is printed before it runs. Stages that are finished are skipped.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

from gensim.test import utils as gensim_utils

from albert_tf.runs import run_folder

HOME = pathlib.Path("runs/demo")
# A sample of an official pages-articles dump that comes with gensim.
DUMP = gensim_utils.datapath(
    "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
)
TEXTS = [
    "the roman emperor [MASK] ruled the empire.",
    "the [MASK] of the atom has protons and neutrons.",
    "alexander [MASK] the city in 332 bc.",
]
PYTHON = sys.executable


def main() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    HOME.mkdir(parents=True, exist_ok=True)
    stages = [
        *corpus_stages(),
        *training_stages(),
    ]
    for number, (title, command, result) in enumerate(stages, start=1):
        print(f"\n[{number}/{len(stages)}] {title}", flush=True)
        run(title, command, result)
    summary = write_summary()
    print_summary(summary)


def corpus_stages() -> list[tuple[str, list[str], pathlib.Path]]:
    """Title, command and result of each stage up to the records."""
    corpus, vocab = HOME / "corpus", HOME / "vocab"
    return [
        (
            "corpus: Wikipedia articles, some of them held out",
            albert_tf(
                "corpus",
                input_file=DUMP,
                output_dir=corpus,
                heldout_fraction=0.2,
            ),
            corpus / "train.txt",
        ),
        (
            "vocabulary",
            albert_tf(
                "vocab",
                input_file=corpus / "train.txt",
                output_dir=vocab,
                vocab_size=4000,
            ),
            vocab / "tokenizer.json",
        ),
        *(
            (
                f"records: {part}",
                albert_tf(
                    "records",
                    input_file=corpus / f"{part}.txt",
                    spm_model_file=vocab / "tokenizer.model",
                    output_dir=HOME / "records" / part,
                    max_seq_length=64,
                ),
                HOME / "records" / part / "manifest.json",
            )
            for part in ("train", "heldout")
        ),
    ]


def training_stages() -> list[tuple[str, list[str], pathlib.Path]]:
    """Title, command and result of each stage from the records on."""
    run_dir, export = HOME / "pretrain", HOME / "export"
    return [
        (
            "pretraining, with evaluation on the held-out articles",
            albert_tf(
                "pretrain",
                albert_config_file="examples/demo_config.json",
                input_file=HOME / "records/train/*.tfrecord",
                eval_input_file=HOME / "records/heldout/*.tfrecord",
                output_dir=run_dir,
                max_seq_length=64,
                max_predictions_per_seq=10,
                train_batch_size=32,
                learning_rate=0.007,
                bias_correction="true",
                num_train_steps=6000,
                num_warmup_steps=400,
                iterations_per_loop=100,
                eval_steps=1000,
                save_checkpoints_steps=1000,
                do_eval="true",
            ),
            run_dir / "eval_results.json",
        ),
        (
            "proof: held-out metrics next to baselines, and curves",
            albert_tf("report", str(run_dir)),
            run_dir / "curves.png",
        ),
        (
            "export: a SavedModel that takes text",
            albert_tf("export", checkpoint=run_dir, output=export),
            export / "saved_model.pb",
        ),
        (
            "query, in a process without albert_tf",
            [PYTHON, "examples/fill_mask.py", str(export), *TEXTS],
            HOME / "filled_masks.txt",
        ),
    ]


def albert_tf(name: str, *arguments: str, **flags) -> list[str]:
    """The same as albert-tf NAME, by this Python."""
    settings = [f"--{flag}={value}" for flag, value in flags.items()]
    return [PYTHON, "-m", "albert_tf", name, *arguments, *settings]


def run(title: str, command: list[str], result: pathlib.Path) -> None:
    """Runs one stage unless its result is there; notes its seconds."""
    shown = shlex.join(["python", *command[1:]])
    shown = shown.replace("python -m albert_tf", "albert-tf")
    if result.exists():
        print(f"Done before: {result}. The command was\n$ {shown}")
        return
    print(f"$ {shown}", flush=True)
    started = time.monotonic()
    if result.suffix == ".txt" and result.parent == HOME:
        outcome = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        print(outcome.stdout)
    else:
        outcome = subprocess.run(command)
    if outcome.returncode:
        sys.exit(f"Stopped: {title} ended with code {outcome.returncode}.")
    if outcome.stdout:
        result.write_text(outcome.stdout)
    seconds = read_json(HOME / "seconds.json", {})
    seconds[title] = round(time.monotonic() - started, 1)
    write_json(HOME / "seconds.json", seconds)


def write_summary() -> dict:
    results = read_json(HOME / "pretrain/eval_results.json")
    seconds = read_json(HOME / "seconds.json")
    seconds["installation"] = installation_seconds()
    summary = {
        "heldout_mlm_loss": results["mlm_loss"],
        "heldout_mlm_accuracy": results["mlm_accuracy"],
        "unigram_loss": results["unigram_loss"],
        "most_frequent_accuracy": results["most_frequent_accuracy"],
        "sentence_order_accuracy": results["sentence_order_accuracy"],
        "label_majority": results["label_majority"],
        "parameters": results["parameters"],
        "steps": run_folder.read_metrics(HOME / "pretrain")[-1]["step"],
        "wall_seconds": round(sum(seconds.values()), 1),
        "seconds": seconds,
        "savedmodel": str(HOME / "export"),
    }
    write_json(HOME / "summary.json", summary)
    return summary


def print_summary(summary: dict) -> None:
    gain = summary["unigram_loss"] - summary["heldout_mlm_loss"]
    print(f"""
Done: {summary["wall_seconds"]:.0f} s in all, installation included.
The masked-LM loss on articles never seen is {gain:.2f} nats below what the best
guess without reading would get.

What lies where, in {HOME}/
    summary.json            these numbers
    corpus/ vocab/ records/ what the model was trained on
    pretrain/               checkpoints, metrics.jsonl, curves.png, tensorboard/
    export/                 the SavedModel
    filled_masks.txt        what it made of a few masks

Try next
    .venv/bin/python examples/fill_mask.py {HOME}/export "the [MASK] of rome."
    .venv/bin/tensorboard --logdir {HOME}/pretrain/tensorboard
    more text: point albert-tf corpus at your own files or at a full dump, and
    run the commands above with other folders (see README.md)""")


def installation_seconds() -> float:
    """What `make` noted when it made the environment; 0 outside of one."""
    note = pathlib.Path(sys.prefix) / "installed-demo"
    return float(note.read_text()) if note.exists() else 0.0


def read_json(path: pathlib.Path, default=None) -> dict:
    if default is not None and not path.exists():
        return default
    return json.loads(path.read_text())


def write_json(path: pathlib.Path, values: dict) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n")


if __name__ == "__main__":
    main()
