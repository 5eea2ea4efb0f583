"""From raw text to an exported ALBERT, by the functions that commands call.

    make demo

Before each stage it prints the command that does the same. Stages that are
finished are skipped.
"""

import json
import logging
import pathlib
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from absl import logging as absl_logging
from gensim.test import utils as gensim_utils

import albert_tf
from data_pipeline import config as config_lib
from data_pipeline.commands import quiet_start

HOME = pathlib.Path("runs/demo")
# A sample of an official pages-articles dump that comes with gensim.
DUMP = gensim_utils.datapath(
    "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
)
TEXTS = (
    "the roman emperor [MASK] ruled the empire.",
    "the [MASK] of the atom has protons and neutrons.",
    "alexander [MASK] the city in 332 bc.",
)


class Stage(NamedTuple):
    """A step of the demo.

    title: what it does.
    command: what to type for the same.
    run: does it.
    result: the file that is there once it is done.
    """

    title: str
    command: str
    run: Callable[[], object]
    result: pathlib.Path


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    absl_logging.set_verbosity(absl_logging.INFO)
    HOME.mkdir(parents=True, exist_ok=True)
    stages = [*corpus_stages(), *training_stages(), query_stage()]
    for number, stage in enumerate(stages, start=1):
        print(f"\n[{number}/{len(stages)}] {stage.title}", flush=True)
        do(stage)
    summary = write_summary()
    print_summary(summary)


def corpus_stages() -> list[Stage]:
    """What is done up to the records."""
    corpus, vocab = HOME / "corpus", HOME / "vocab"
    return [
        stage(
            "corpus: Wikipedia articles, some of them held out",
            "corpus",
            "write_corpus",
            albert_tf.CorpusConfig(
                input_file=DUMP,
                output_dir=str(corpus),
                heldout_fraction=0.2,
            ),
            corpus / "train.txt",
        ),
        stage(
            "vocabulary",
            "vocab",
            "train_vocabulary",
            albert_tf.VocabularyConfig(
                input_file=str(corpus / "train.txt"),
                output_dir=str(vocab),
                vocab_size=4000,
            ),
            vocab / "tokenizer.json",
        ),
        *(
            stage(
                f"records: {part}",
                "records",
                "build_records",
                albert_tf.RecordsConfig(
                    input_file=str(corpus / f"{part}.txt"),
                    spm_model_file=str(vocab / "tokenizer.model"),
                    output_dir=str(HOME / "records" / part),
                    max_seq_length=64,
                ),
                HOME / "records" / part / "manifest.json",
            )
            for part in ("train", "heldout")
        ),
    ]


def training_stages() -> list[Stage]:
    """What is done from the records to the export."""
    run_dir, export = HOME / "pretrain", HOME / "export"
    return [
        stage(
            "pretraining, with evaluation on the held-out articles",
            "pretrain",
            "pretrain",
            albert_tf.PretrainConfig(
                albert_config_file="examples/demo_config.json",
                input_file=str(HOME / "records/train/*.tfrecord"),
                eval_input_file=str(HOME / "records/heldout/*.tfrecord"),
                output_dir=str(run_dir),
                max_seq_length=64,
                max_predictions_per_seq=10,
                train_batch_size=32,
                learning_rate=0.007,
                bias_correction=True,
                num_train_steps=6000,
                num_warmup_steps=400,
                iterations_per_loop=100,
                eval_steps=1000,
                save_checkpoints_steps=1000,
                do_eval=True,
            ),
            run_dir / "eval_results.json",
            show=lambda result: print(json.dumps(result.metrics, indent=2)),
        ),
        stage(
            "proof: held-out metrics next to baselines, and curves",
            "report",
            "report",
            albert_tf.ReportConfig(runs=(str(run_dir),)),
            run_dir / "curves.png",
            show=lambda result: print(*(t for _, t in result.tables)),
        ),
        stage(
            "export: a SavedModel that takes text",
            "export",
            "export",
            albert_tf.ExportConfig(checkpoint=str(run_dir), output=str(export)),
            export / "saved_model.pb",
        ),
    ]


def query_stage() -> Stage:
    words = ["examples/fill_mask.py", str(HOME / "export"), *TEXTS]
    answers = HOME / "filled_masks.txt"

    def ask() -> None:
        outcome = subprocess.run(
            [sys.executable, *words],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        print(outcome.stdout)
        answers.write_text(outcome.stdout)

    return Stage(
        "query, in a process without albert_tf",
        shlex.join(["python", *words]),
        ask,
        answers,
    )


def stage(
    title: str,
    command: str,
    function: str,
    config: config_lib.Config,
    result: pathlib.Path,
    show: Callable[[Any], object] = lambda result: None,
) -> Stage:
    """A stage that calls albert_tf.`function` as `albert-tf COMMAND` does."""
    words = ["albert-tf", command]
    for field, known in config_lib.fields_of(type(config)):
        value = getattr(config, field.name)
        if known.is_argument:
            words += value or ()
        elif config.is_given(field.name):
            text = "true" if value is True else str(value)
            words.append(f"--{field.name}={text}")

    def run() -> None:
        # TensorFlow is imported with the first function that needs it.
        with quiet_start.importing():
            called = getattr(albert_tf, function)
        show(called(config))

    return Stage(title, shlex.join(words), run, result)


def do(stage: Stage) -> None:
    """Runs one stage unless its result is there; notes its seconds."""
    if stage.result.exists():
        print(f"Done before: {stage.result}. The command was")
        print(f"$ {stage.command}")
        return
    print(f"$ {stage.command}", flush=True)
    started = time.monotonic()
    try:
        stage.run()
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"Error: {error}\nStopped: {stage.title}.")
    seconds = read_json(HOME / "seconds.json", {})
    seconds[stage.title] = round(time.monotonic() - started, 1)
    write_json(HOME / "seconds.json", seconds)


def write_summary() -> dict:
    results = read_json(HOME / "pretrain/eval_results.json")
    metrics = (HOME / "pretrain/metrics.jsonl").read_text()
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
        "steps": json.loads(metrics.splitlines()[-1])["step"],
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
    filled_masks.txt        the masks that it filled in

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
