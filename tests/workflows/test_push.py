"""albert_tf.push, by the Hub's own client, to a server that answers as it."""

import json
import os
import pathlib
import re
import shutil

import commands
import fake_hub
import huggingface_hub
import keras
import numpy as np
import pytest
import tensorflow as tf
from pushes import ADDRESS
from pushes import front_matter
from pushes import push

import albert_tf
from albert_tf import models
from albert_tf import task_models
from albert_tf.exporting import fingerprints
from albert_tf.hub import released
from albert_tf.spans import model as span_models
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers

START = f"hf://lab/start@{fake_hub.COMMIT}"
FILES = [
    "README.md",
    "config.json",
    "model.safetensors",
    "spiece.model",
    "task.json",
    "tokenizer.json",
    "tokenizer_config.json",
]


@pytest.fixture(scope="module")
def run(vocabulary, sizes, tmp_path_factory):
    """What an evaluated fine-tuning run leaves, with random weights."""
    folder = tmp_path_factory.mktemp("home") / "ann" / "run"
    folder.mkdir(parents=True)
    config = albert_tf.AlbertConfig(**sizes, initializer_range=0.2)
    model = task_models.AlbertClassifier(config, num_classes=2)
    for weight in model.head.weights:
        weight.assign(keras.random.normal(weight.shape, seed=1))
    weights = {k: v.value for k, v in models.named_weights(model).items()}
    tf.train.Checkpoint(model=weights).write(str(folder / "ckpt-7"))
    model.config.to_json(str(folder / "albert_config.json"))
    row = saved_tasks.row(kinds.custom_task("classification"), ["bad", "good"])
    flags = {"text_column": "review", "train_file": str(folder / "train.csv")}
    saved_tasks.write(
        str(folder), {"custom": row}, 16, tokenizers.load(vocabulary), flags
    )
    settings = {
        "init_checkpoint": START,
        "learning_rate": 1e-3,
        "data": {"custom": "ab" * 32},
        "environment": {
            "command": [str(folder / "albert-tf"), f"--output_dir={folder}"],
            "versions": {"tensorflow": "2.20.0"},
        },
    }
    (folder / "run.json").write_text(json.dumps(settings))
    data = {"part": "eval", "sha256": "cd" * 32, "rows": 40}
    evaluation = {
        "checkpoint": "ckpt-7",
        "step": 7,
        "weights": fingerprints.of_weights(model),
        "data": {"custom": [{**data, "file": str(folder / "dev.csv")}]},
        "results": {"accuracy": 0.75, "loss": 0.5},
    }
    (folder / "evaluation.json").write_text(json.dumps(evaluation))
    return folder


def test_a_dry_run_writes_nothing(hub, run):
    result = push(run)
    assert [file.name for file in result.files] == FILES
    assert {file.change for file in result.files} == {"new"}
    assert result.commit is None and result.is_new
    assert hub.writes() == [] and hub.files == {}
    card = pathlib.Path(result.card)
    assert card.read_text().startswith("---\n") and card.name == "README.md"
    assert f"Repository: {ADDRESS} (new)\n" in result.report
    assert result.report.endswith("run the same command with --yes.")
    for file in result.files:
        assert f"{file.size:,} bytes" in result.report


def test_what_was_pushed_is_loaded_from_there(hub, run):
    result = push(run, yes=True, commit_message="the first")
    assert sorted(hub.files["me/mine"]) == [".gitattributes", *FILES]
    assert result.commit == hub.heads["me/mine"]
    assert hub.messages == ["the first"]
    assert result.report.endswith(
        f"Pushed to {hub.address}/me/mine, commit {result.commit}"
    )
    mine, theirs = albert_tf.load(run), albert_tf.load(ADDRESS)
    for one, other in zip(mine.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_card_says_what_the_run_wrote_down(hub, run):
    push(run, yes=True, license="Apache-2.0")
    files = hub.files["me/mine"]
    text = files["README.md"].decode()
    fields = front_matter(text)
    assert fields.license == "apache-2.0"
    assert fields.library_name == "transformers"
    assert fields.pipeline_tag == "text-classification"
    assert fields.base_model == "lab/start"
    assert "albert_tf" in fields.tags
    (found, *_) = fields.eval_results
    assert (found.metric_type, found.metric_value) == ("accuracy", 0.75)
    assert found.dataset_name == "dev.csv"
    assert f"Starting weights: `{START}`" in text
    assert f"| init_checkpoint | {START} |" in text
    assert "Trained with tensorflow 2.20.0." in text
    assert f'albert_tf.predictor("{ADDRESS}")' in text
    assert 'pipeline("text-classification", "me/mine")' in text
    assert "labels, in order: bad, good" in text
    digest = re.search(r"`model.safetensors` \| [\d,]+ \| `(\w{64})`", text)[1]
    assert digest in hub.uploads
    config = json.loads(files["config.json"])
    assert config["id2label"] == {"0": "bad", "1": "good"}
    assert config["problem_type"] == "single_label_classification"


def test_a_model_of_the_hub_is_pushed_on(hub, run):
    push(run, yes=True)
    result = push(ADDRESS, "hf://me/copy", yes=True)
    assert {file.name for file in result.files} == {*FILES}
    text = hub.files["me/copy"]["README.md"].decode()
    origin = f"{ADDRESS}@{hub.heads['me/mine']}"
    assert f"Checkpoint: {origin}." in text and str(run) not in text
    assert front_matter(text).base_model == "me/mine"
    weights = "model.safetensors"
    assert hub.files["me/copy"][weights] == hub.files["me/mine"][weights]


@pytest.mark.parametrize(
    "start, base_model",
    [
        (f"{released.MODELS['albert-base-v2'].archive}#sha256=ab", "base-v2"),
        (released.MODELS["albert-base-zh"].archive, None),
        ("/home/ann/pretrained", None),
        (None, None),
    ],
)
def test_the_base_model_of_a_card(run, tmp_path, hub, start, base_model):
    folder = shutil.copytree(run, tmp_path / "other")
    settings = json.loads((folder / "run.json").read_text())
    settings["init_checkpoint"] = start
    (folder / "run.json").write_text(json.dumps(settings))
    text = pathlib.Path(push(folder).card).read_text()
    expected = base_model and f"albert/albert-{base_model}"
    assert front_matter(text).base_model == expected
    assert ("Starting weights" in text) == (start is not None)
    assert "ann" not in text


@pytest.mark.parametrize(
    "savedmodel", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_nothing_private_is_pushed(hub, run, capfd, savedmodel):
    push(run, yes=True, savedmodel=savedmodel)
    assert ("savedmodel/saved_model.pb" in hub.files["me/mine"]) == savedmodel
    for name, content in hub.files["me/mine"].items():
        for private in (b"ann", bytes(run.parent), os.getcwd().encode()):
            assert not re.search(rb"\b%s\b" % re.escape(private), content), name
        assert b"hf_secret" not in content, name
    task = json.loads(hub.files["me/mine"]["task.json"])
    assert task["flags"] == {"text_column": "review"}
    assert "hf_secret" not in "".join(capfd.readouterr())
    assert "Bearer hf_secret" in hub.tokens


@pytest.mark.slow
def test_a_saved_model_beside_the_weights(hub, run):
    push(run, yes=True, savedmodel=True)
    text = "the cat sees a house in winter"
    ours = albert_tf.predictor(run)(text)
    found = albert_tf.predictor(f"{ADDRESS}/savedmodel")(text)
    assert found["label"] == ours["label"]
    np.testing.assert_allclose(
        found["probabilities"], ours["probabilities"], atol=1e-5
    )
    card = hub.files["me/mine"]["README.md"].decode()
    assert 'tf.saved_model.load("savedmodel")' in card
    assert ".in_use" not in "".join(hub.files["me/mine"])


def test_a_push_is_refused_before_the_model_is_read(hub, monkeypatch):
    with pytest.raises(ValueError, match="must be pushed to hf://org/name"):
        push("nothing", "hf://me/mine/folder")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OSError, match="HF_HUB_OFFLINE"):
        push("nothing", yes=True)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", "none")
    for yes in (False, True):
        with pytest.raises(PermissionError, match="hf auth login"):
            push("nothing", yes=yes)
    assert hub.asked == []


def test_files_are_replaced_only_when_asked(hub, run):
    hub.files["me/mine"] = {
        "model.safetensors": b"another model",
        "pytorch_model.bin": b"another model",
        ".gitattributes": b"",
    }
    result = push(run)
    assert result.replaced == ["model.safetensors"]
    assert result.others == ["pytorch_model.bin"]
    assert "Other files, which stay: pytorch_model.bin" in result.report
    assert "with --yes --replace" in result.report
    with pytest.raises(FileExistsError, match="has other content in model"):
        push(run, yes=True)
    assert hub.writes() == []
    push(run, yes=True, replace=True)
    assert hub.files["me/mine"]["pytorch_model.bin"] == b"another model"
    assert albert_tf.load(ADDRESS)


def test_the_same_model_again_is_no_commit(hub, run):
    first = push(run, yes=True)
    again = push(run)
    assert {file.change for file in again.files} == {"same"}
    assert again.report.endswith("the repository has these files.")
    assert push(run, yes=True).commit == first.commit
    assert len(hub.messages) == 1


def test_a_branch(hub, run):
    hub.files["me/mine"] = {"README.md": b"mine"}
    push(run, f"{ADDRESS}@next", yes=True, replace=True)
    assert hub.files["me/mine"] == {"README.md": b"mine"}
    assert albert_tf.load(f"{ADDRESS}@next")
    card = hub.branches["me/mine", "next"].files["README.md"].decode()
    assert 'pipeline("text-classification", "me/mine", revision="next")' in card


def test_private(hub, run):
    push(run, "hf://me/secret", yes=True, private=True)
    assert hub.private == {"me/secret"}
    push(run, "hf://me/secret", yes=True, private=True)
    hub.files["me/open"] = {}
    hub.asked.clear()
    with pytest.raises(ValueError, match="must be private or new"):
        push(run, "hf://me/open", private=True)
    assert hub.writes() == []


def test_what_goes_wrong_is_one_message_of_the_command(hub, run, capfd):
    hub.faults["commit"] = "500"
    ended = commands.run("albert-tf push", "yes", words=[run, ADDRESS])
    assert ended.startswith("Error: The Hub must take") and "\n" not in ended
    shown = "".join(capfd.readouterr()) + ended
    for private in ("Traceback", "hf_secret", "Signature"):
        assert private not in shown


def test_what_cannot_be_converted_is_refused_first(hub, tmp_path, sizes):
    model = span_models.AlbertConditionalSpan(albert_tf.AlbertConfig(**sizes))
    model.save(tmp_path / "model.keras")
    vocabulary = pathlib.Path(tmp_path / "vocab.txt")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces += [f"w{i}" for i in range(sizes["vocab_size"] - len(pieces))]
    vocabulary.write_text("\n".join(pieces) + "\n")
    with pytest.raises(ValueError, match="must have one of these heads"):
        push(tmp_path / "model.keras", yes=True)
    assert hub.writes() == []


def test_the_command_shows_a_dry_run(hub, run, capsys):
    assert commands.run("albert-tf push", words=[run, ADDRESS]) is None
    shown = capsys.readouterr().out
    assert "This was a dry run: nothing was written to the Hub." in shown
    assert "model.safetensors" in shown
