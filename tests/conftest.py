"""Fixtures that more than one folder of tests uses."""

import functools
import json
import os
import pathlib
import random
import signal

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# As albert_tf says, which tests import after tensorflow.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# sentencepiece_model_pb2, with which tests edit models, asks for protobuf 7;
# Apache Beam keeps it at 6, which does what is needed here.
os.environ.setdefault("TEMPORARILY_DISABLE_PROTOBUF_VERSION_CHECK", "true")

# A job in the background ignores Ctrl-C, and so do its children. Tests send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = pathlib.Path(__file__).parent.parent
# Folders of tests with whole runs of training.
RUNS = {"runs", "training", "workflows"}


def pytest_collection_modifyitems(items):
    """Whole runs of training first: a file of them takes minutes, and as the
    last one it would leave one of two workers waiting."""
    items.sort(key=lambda item: not RUNS & set(item.path.parts))


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """Reference numbers and texts that are not part of the project."""
    folder = os.environ.get("ALBERT_TF_SHARED", ROOT.parent / "shared")
    folder = pathlib.Path(folder)
    if not (folder / "fixtures").is_dir():
        pytest.skip("no reference numbers here (ALBERT_TF_SHARED)")
    return folder


def _sentence(rng: random.Random) -> str:
    """A small grammar: enough words for a vocabulary, and things to learn."""
    subject = rng.choice(
        "cat dog horse teacher river king farmer merchant captain".split()
    )
    verb = rng.choice(
        "sees follows remembers crosses paints builds leaves".split()
    )
    thing = rng.choice(
        ["a house", "the road", "two apples", "a letter", "the bridge", "it"]
    )
    when = rng.choice(["in winter", "every day", "in 1,850", "before noon"])
    return f"The {subject} {verb} {thing} {when}."


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> pathlib.Path:
    """A text file of 40 documents, one sentence a line."""
    rng = random.Random(0)
    documents = [
        "\n".join(_sentence(rng) for _ in range(rng.randint(1, 12)))
        for _ in range(40)
    ]
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text("\n\n".join(documents) + "\n")
    return path


@pytest.fixture(scope="session")
def vocabulary(corpus, tmp_path_factory) -> pathlib.Path:
    """A folder with a tokenizer of 70 pieces, trained on `corpus`."""
    from data_pipeline.text import tokenizers
    from data_pipeline.vocabulary import training

    folder = tmp_path_factory.mktemp("vocabulary")
    lines = [line.lower() for line in corpus.read_text().splitlines() if line]
    model = training.train(lines, vocab_size=70)
    (folder / "raw").mkdir()
    (folder / "raw/tokenizer.model").write_bytes(model)
    tokenizers.load(folder / "raw/tokenizer.model").save(folder)
    return folder


@pytest.fixture(scope="session")
def sizes() -> dict:
    """Of a model for that vocabulary and rows of up to 64 tokens."""
    return {
        "vocab_size": 70,
        "embedding_size": 12,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 24,
        "max_position_embeddings": 64,
    }


@pytest.fixture(scope="session")
def make_job(corpus, vocabulary):
    """Makes a builder's job: rows of 64 tokens of `corpus`, in 3 shards."""
    from data_pipeline.pretraining.building import block_records
    from data_pipeline.pretraining.building import records_config

    def make(patterns=corpus, text=None, **settings):
        config = records_config.RecordsConfig(
            input_file=str(patterns),
            spm_model_file=vocabulary,
            output_dir="given to build",
            **{
                "max_seq_length": 64,
                "num_shards": 3,
                "random_seed": 1,
                **(text or {}),
                **settings,
            },
        )
        return block_records.new_job(config)

    return make


@pytest.fixture(scope="session")
def record_folder(make_job, tmp_path_factory) -> pathlib.Path:
    """Records of `corpus` for rows of 64 tokens, in 3 shards."""
    from data_pipeline.pretraining.building import build

    folder = tmp_path_factory.mktemp("records") / "train"
    build.build(make_job(), str(folder))
    return folder


@pytest.fixture(scope="session")
def runs():
    """Runs of pretraining as processes, and what is in their folders."""
    import pretraining_runs

    return pretraining_runs


@pytest.fixture(scope="session")
def config_file(sizes, tmp_path_factory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("config") / "config.json"
    path.write_text(json.dumps(sizes))
    return path


@pytest.fixture(scope="session")
def command(runs, record_folder, config_file):
    """Makes the command line of a pretraining, as `runs.command` does."""
    return functools.partial(runs.command, record_folder, config_file)
