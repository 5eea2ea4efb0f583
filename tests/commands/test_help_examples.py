"""The examples of every --help, run one after the other as they stand."""

import contextlib
import csv
import importlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

import commands as run_commands
import fake_hub
import pytest

import albert_tf
from albert_tf import commands

# What a new user does; some of it needs what others have made.
ORDER = (
    "corpus",
    "vocab",
    "records",
    "audit",
    "estimate",
    "doctor pretrain",
    "pretrain",
    "report pretrained",
    "doctor finetune",
    "finetune",
    "tune",
    "evaluate",
    "predict",
    "calibrate",
    "report run",
    "metrics",
    "submission",
    "embed",
    "index",
    "search",
    "mine",
    "export",
    "serve",
    "convert",
    "push",
    "prune",
    "exit-curve",
)
TEXTS = ("a fine film", "dull and slow", "what a joy", "a waste of time")


def examples(name):
    """The command lines in a command's help, as lists of words."""
    module = importlib.import_module(commands.COMMANDS[name].module)
    found = re.findall(
        r"^ {4}(\S(?:.*\\\n)*.*)$", module.__doc__, flags=re.MULTILINE
    )
    return [shlex.split(text.replace("\\\n", " ")) for text in found]


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_examples_are_of_this_command(name):
    lines = examples(name)
    assert lines, f"albert-tf {name} --help has no example"
    for line in lines:
        assert line[0] == "albert-tf" and line[1] in commands.COMMANDS, line
    assert [line[1] for line in lines].count(name)


def test_examples_are_run_in_an_order():
    assert {name.split()[0] for name in ORDER} == set(commands.COMMANDS)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder with the files that examples name and no command makes."""
    from gensim.test import utils

    shutil.copy(
        utils.datapath(
            "enwiki-latest-pages-articles1.xml-p000000010p000030302-"
            "shortened.bz2"
        ),
        tmp_path / "enwiki-latest-pages-articles.xml.bz2",
    )
    shutil.copytree(run_commands.ROOT / "examples", tmp_path / "examples")
    rows = [(text, number % 2) for number, text in enumerate(TEXTS * 20)]
    write_table(tmp_path / "train.csv", ("text", "label"), rows)
    apart = [
        (f"{text} {place}", label) for place, (text, label) in enumerate(rows)
    ]
    write_table(tmp_path / "dev.csv", ("text", "label"), apart)
    write_table(tmp_path / "new.csv", ("text",), [(text,) for text in TEXTS])
    glue = tmp_path / "glue/SST-2"
    glue.mkdir(parents=True)
    write_table(glue / "train.tsv", ("sentence", "label"), rows, "\t")
    write_table(glue / "dev.tsv", ("sentence", "label"), rows[:16], "\t")
    tests = list(enumerate(TEXTS))
    write_table(glue / "test.tsv", ("index", "sentence"), tests, "\t")
    question = {
        "id": "q",
        "question": "Where is it?",
        "is_impossible": False,
        "answers": [{"text": "Rome", "answer_start": 6}],
    }
    paragraph = {"context": "It is Rome.", "qas": [question]}
    data = {"version": "v2.0", "data": [{"paragraphs": [paragraph]}]}
    (tmp_path / "dev-v2.0.json").write_text(json.dumps(data))
    write_retrieval(tmp_path)
    (tmp_path / "predictions.json").write_text('{"q": "Rome"}')
    for name, labels in (("CoLA", "01"), ("MNLI-m", ["neutral"])):
        folder = tmp_path / "runs" / name.lower().split("-")[0]
        folder.mkdir(parents=True)
        table = "".join(
            f"{number}\t{label}\n" for number, label in enumerate(labels)
        )
        with zipfile.ZipFile(folder / "submission.zip", "w") as archive:
            archive.writestr(f"{name}.tsv", f"index\tprediction\n{table}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_retrieval(folder):
    """An FAQ, its questions, and a collection in BEIR's layout. Where models
    of their own are named, any run will do."""
    faq = zip(("d0", "id1", "d2", "id2"), TEXTS, strict=True)
    write_table(folder / "faq.csv", ("id", "text"), faq)
    write_table(folder / "questions.csv", ("text",), [("a joy?",)])
    pairs = [
        (f"{text} {n}", f"{text} {n}, and more of {n}")
        for n in ("one", "two", "three")
        for text in TEXTS
    ]
    write_table(folder / "pairs.csv", ("text", "positive"), pairs)
    beir = folder / "beir_folder"
    (beir / "qrels").mkdir(parents=True)
    for name, texts in (("corpus", TEXTS), ("queries", TEXTS[:2])):
        lines = [
            json.dumps({"_id": f"d{n}", "text": text})
            for n, text in enumerate(texts)
        ]
        (beir / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    shutil.copy(beir / "corpus.jsonl", folder / "corpus.jsonl")
    judged = "query-id\tcorpus-id\tscore\nd0\td0\t1\nd1\td2\t1\n"
    for part in ("train", "test"):
        (beir / f"qrels/{part}.tsv").write_text(judged)


def write_table(path, header, rows, delimiter=","):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerows([header, *rows])


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_examples_work_one_after_the_other(workplace, monkeypatch):
    done = set()
    for name in ORDER:
        command, *word = name.split()
        for line in examples(command):
            if word and word[0] not in line:
                continue
            if tuple(line) not in done:
                done.add(tuple(line))
                if command in ("index", "search"):
                    make_models(workplace)
                if command == "serve":
                    serve(line)
                    continue
                with contextlib.ExitStack() as stack:
                    if command == "push":
                        hub = fake_hub.connected(monkeypatch, workplace)
                        stack.enter_context(hub)
                    run(line)
    # All of them, and pretraining's learns.
    every = {tuple(e) for name in commands.COMMANDS for e in examples(name)}
    assert done == every
    results = json.loads(
        (workplace / "pretrained/eval_results.json").read_text()
    )
    assert results["mlm_loss"] < results["unigram_loss"]


def make_models(folder):
    """The other models and the index that examples name."""
    if (folder / "better_run").exists():
        return
    shutil.copytree(folder / "run", folder / "better_run")
    albert_tf.index(
        albert_tf.IndexConfig(
            index="documents", documents="corpus.jsonl", model="run"
        )
    )
    rows = [(text, text, number % 2) for number, text in enumerate(TEXTS)]
    write_table(folder / "judged.csv", ("text", "other", "label"), rows)
    albert_tf.finetune(
        train="judged.csv",
        text=("text", "other"),
        init_checkpoint="run",
        train_step=1,
        output_dir="pairs_run",
    )


def run(line):
    code = run_commands.run_line(line)
    assert not code, f"{shlex.join(line)}: {code}"


def serve(line):
    """Starts the server on a free port, and asks each model something."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [word for word in line if not word.startswith("--port")]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "albert_tf", "serve"),
            f"--port={port}",
            *line[2:],
        ],
        env={**os.environ, "PYTHONPATH": str(run_commands.ROOT)},
    )
    try:
        for word in line[2:]:
            name = word.split("=")[0]
            ask(f"http://127.0.0.1:{port}/v1/models/{name}", process)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
    assert code == 0, line


def ask(address, process, patience=120):
    """Waits until the server answers; sends a text, and expects predictions."""
    deadline = time.monotonic() + patience
    body = json.dumps({"instances": ["a [MASK] film"]}).encode()
    while True:
        assert process.poll() is None and time.monotonic() < deadline
        try:
            with urllib.request.urlopen(f"{address}:predict", body) as answer:
                assert json.load(answer)["predictions"]
                return
        except urllib.error.URLError as error:
            assert not isinstance(error, urllib.error.HTTPError), error.read()
            time.sleep(1)
