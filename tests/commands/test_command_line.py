"""A command ends, with its message and its code, whatever it was doing."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest
import slowly
from absl import app

from data_pipeline.commands import command_line
from data_pipeline.commands import original_flags
from data_pipeline.io import files
from data_pipeline.io import globs

ROOT = pathlib.Path(__file__).parent.parent.parent

# Batches are read by Python, slowly and ahead of need, as records are.
READS = """
import sys, time
import tensorflow as tf
from data_pipeline.commands import command_line

def read(number):
    time.sleep(0.3)
    return number

def main(argv):
    dataset = tf.data.Dataset.range(1000).map(
        lambda n: tf.numpy_function(read, [n], tf.int64), num_parallel_calls=4
    )
    iterator = iter(dataset.prefetch(4))
    next(iterator)
    END

command_line.run(main)
"""


@pytest.mark.parametrize(
    "end, code, message",
    slowly.after(
        1,
        [
            ("raise ValueError('the rule')", 1, "Error: the rule"),
            # As Python ends by it: by the signal itself.
            ("raise KeyboardInterrupt", -signal.SIGINT, "Traceback"),
            ("cycle = [iterator]; cycle.append(cycle)", 0, ""),
            ("return", 0, ""),
            ("raise KeyError('a bug')", 1, "Traceback"),
            ("sys.exit(75)", 75, ""),
        ],
    ),
)
def test_a_command_that_still_reads_ends(end, code, message):
    outcome = subprocess.run(
        [sys.executable, "-c", READS.replace("END", end)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert outcome.returncode == code, outcome.stderr
    assert message in outcome.stderr
    assert ("Traceback" in outcome.stderr) == (message == "Traceback")


@pytest.mark.parametrize(
    "table, arguments, advice",
    [
        ("CLASSIFIER", ["--vocab_file=v"], ["--vocab_file: use --spm_mode"]),
        ("PRETRAINING", ["--nodo_lower_case"], ["--do_lower_case: omit it"]),
        ("CLASSIFIER", ["--high_only", "--x"], ["--high_only: use --level="]),
        (
            "CLASSIFIER",
            ["-use_tpu", "true", "--tpu_zone=z", "--hub_module", "h"],
            ["--use_tpu: use --strategy=tpu", "--tpu_zone: ", "--hub_module"],
        ),
        ("PRETRAINING", ["--train_step", "9"], ["use --num_train_steps"]),
        ("PRETRAINING", ["--init_from_group0=1"], ["use --grow_from"]),
        ("RECORDS", ["--output_file=o"], ["use --output_dir"]),
        ("RECORDS", ["--random_next_sentence"], ["--sentence_task=nsp"]),
        ("EXPORT", ["--albert_directory=a"], ["use --checkpoint"]),
    ],
)
def test_flags_of_the_original_say_what_to_write(
    monkeypatch, capsys, table, arguments, advice
):
    monkeypatch.setattr(sys, "argv", ["command", *arguments])
    with pytest.raises(SystemExit) as end:
        command_line.run(pytest.fail, replaced=getattr(original_flags, table))
    for part in advice:
        assert part in end.value.code
    assert end.value.code.startswith("Error: Flags of google-research/albert")


def test_an_argument_that_is_no_flag_names_the_nearest():
    with pytest.raises(app.UsageError, match="Did you mean --verbosity"):
        command_line.no_arguments(["command", "--verbosty=1"])
    with pytest.raises(app.UsageError, match="Received: 12 zz"):
        command_line.no_arguments(["command", "12", "zz"])


def matched(patterns, folder):
    paths = globs.matching_files(patterns, "Files", "Make them.")
    return [path.removeprefix(f"{folder}/") for path in paths]


@pytest.fixture
def oddly_named(tmp_path, monkeypatch):
    """Folders and files whose names are patterns, and what they would match."""
    for name in (
        "sweep[lr=1e-3]/a.txt",
        "sweep[lr=1e-3]/b.txt",
        "sweepl/a.txt",
        "a*b?/c.txt",
        "axxb1/c.txt",
        "x,y/d.txt",
        "x/other.txt",
        "e,f.txt",
        "f.txt",
        "back\\slash/g[1].txt",
        "plain/h1.txt",
        "plain/h[12].txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "patterns, found",
    [
        ("sweep[lr=1e-3]/a.txt", ["sweep[lr=1e-3]/a.txt"]),
        (
            "sweep[lr=1e-3]/*.txt",
            ["sweep[lr=1e-3]/a.txt", "sweep[lr=1e-3]/b.txt"],
        ),
        ("a*b?/c.txt", ["a*b?/c.txt"]),
        ("a*b[1]/*.txt", ["axxb1/c.txt"]),
        ("x,y/d.txt", ["x,y/d.txt"]),
        ("x,y/*.txt", ["x,y/d.txt"]),
        ("e,f.txt", ["e,f.txt"]),
        ("plain/h1.txt,f.txt", ["f.txt", "plain/h1.txt"]),
        ("x,y/*.txt,e,f.txt", ["e,f.txt", "x,y/d.txt"]),
        ("back\\slash/g[1].txt", ["back\\slash/g[1].txt"]),
        ("back\\slash/*", ["back\\slash/g[1].txt"]),
        ("plain/h[12].txt", ["plain/h[12].txt"]),
        ("plain/h?.txt", ["plain/h1.txt"]),
    ],
)
@pytest.mark.parametrize("absolute", [False, True])
def test_what_exists_is_no_pattern(oddly_named, patterns, found, absolute):
    if absolute and "," not in patterns:
        patterns = f"{oddly_named}/{patterns}"
    assert matched(patterns, oddly_named) == found


def test_every_pattern_must_match(oddly_named):
    for patterns, missing in (
        ("f.txt,typo/*.txt", "typo/"),
        ("typo.txt,f.txt", "typo.txt"),
        ("", "''"),
        (",", "''"),
        ("sweep[!l]/*", "sweep"),
    ):
        with pytest.raises(FileNotFoundError, match=f"{missing}.*matches none"):
            matched(patterns, oddly_named)


def test_cloud_paths_are_escaped_as_tensorflow_does(oddly_named, monkeypatch):
    """TensorFlow's patterns, here tried on local files."""
    monkeypatch.setattr(files, "is_local", lambda path: False)
    for name in ("sweep[lr=1e-3]/*.txt", "a*b?/*", "back\\slash/g[1].txt"):
        found = files.glob(str(oddly_named / name))
        folder = name.split("/")[0]
        assert found and all(f"/{folder}/" in path for path in found)


PRINTS = """
from data_pipeline.commands import command_line

def main(argv):
    for number in range(100_000):
        print("a line of an answer", number)

command_line.run(main, "Prints.")
"""


@pytest.mark.parametrize("arguments", ["--help", ""])
def test_a_reader_may_close_its_end(arguments):
    line = f'"{sys.executable}" -c "$PRINTS" {arguments} | head -1; '
    outcome = subprocess.run(
        ["bash", "-c", f"{line} echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PRINTS": PRINTS},
    )
    assert outcome.stderr == ""
    assert outcome.stdout.splitlines()[-1] == ("0" if arguments else "141")
