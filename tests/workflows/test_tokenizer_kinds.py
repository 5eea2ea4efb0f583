"""What works with one kind of tokenizer works with each."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import albert_tf
from albert_tf import task_models
from albert_tf.exporting import savedmodel
from data_pipeline.answers import answer_modules
from data_pipeline.answers import preprocessor
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.audit import show
from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import huggingface_files
from data_pipeline.text import tokenizers

ROOT = pathlib.Path(__file__).parent.parent.parent
LENGTH = 24
TEXTS = ["The cat sees a house.", "don't [MASK] it", ""]


# SentencePiece is what most other tests have.
KINDS = [
    "wordpiece",
    pytest.param("unigram", marks=pytest.mark.slow),
    pytest.param("sentencepiece", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=KINDS)
def vocabulary_path(request, vocabulary, tmp_path_factory):
    """What --spm_model_file names."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sentencepiece":
        return vocabulary
    if request.param == "wordpiece":
        letters = "abcdefghijklmnopqrstuvwxyz"
        pieces = "[PAD] [UNK] [CLS] [SEP] [MASK] the house cat ##ees".split()
        pieces += [*letters, *(f"##{c}" for c in letters), *"0123458,.'"]
        (folder / "vocab.txt").write_text("\n".join(pieces[:70]))
        return folder / "vocab.txt"
    made = huggingface_files.files(tokenizers.load(vocabulary), 64)
    (folder / "tokenizer.json").write_bytes(made["tokenizer.json"])
    return folder


@pytest.fixture(scope="module")
def tokenizer(vocabulary_path):
    found = tokenizers.load(vocabulary_path)
    assert found.vocab_size == 70
    return found


def test_records_and_their_audit(tokenizer, make_job, tmp_path):
    job = dataclasses.replace(
        make_job(),
        vocabulary=tokenizer.vocabulary,
        tokenizer_settings=tokenizer.settings,
    )
    build.build(job, str(tmp_path / "records"))
    found = record_sets.open_records(str(tmp_path / "records/*.tfrecord"), 64)
    assert found.tokenizer.fingerprint == tokenizer.fingerprint
    spec = mask_spec.from_config(mask_config.MaskConfig(), found.tokenizer)
    row, *_ = masked_rows.read_rows(found, spec, seed=1, count=1)
    shown = show.render(row, found.tokenizer, title="row")
    assert "MASK:" in shown and "##" not in shown.replace("##]", "")


def test_answers_of_texts_and_masks(tokenizer, sizes):
    rows = [
        [tokenizer.cls_id, *tokenizer.encode(text), tokenizer.sep_id]
        for text in (TEXTS[0], "")
    ]
    model = task_models.AlbertClassifier(albert_tf.AlbertConfig(**sizes), 2)
    row = saved_tasks.row(kinds.custom_task("classification"), ["bad", "good"])
    tasks = answer_modules.make(row, tokenizer, max_seq_length=LENGTH)
    signatures = savedmodel.signatures(model, tasks, tokenizer.pieces)
    explained = signatures["explain"](texts=tf.constant([TEXTS[0], ""]))
    for found, ids in zip(explained["pieces"].numpy(), rows, strict=True):
        pieces = [piece.decode() for piece in found if piece]
        assert pieces == [tokenizer.pieces[i] for i in ids]
    np.testing.assert_allclose(
        tf.reduce_sum(explained["importance"], axis=1), 1.0, atol=1e-5
    )
    row = saved_tasks.row(kinds.custom_task("tagging"), ["O", "B-x"])
    words = answer_modules.make(row, tokenizer, max_seq_length=LENGTH)["words"]
    found, _ = words.rows(words=tf.constant([["The", "cat"]]))
    both = [i for word in ("The", "cat") for i in tokenizer.encode(word)]
    assert found["token_ids"].numpy().tolist() == [
        [tokenizer.cls_id, *both, tokenizer.sep_id]
    ]
    masks = answer_modules.make(
        {"kind": "pretraining"}, tokenizer, max_seq_length=16
    )
    found, _ = masks["text"].rows(texts=tf.constant(TEXTS))
    ids = found["token_ids"].numpy()
    assert (ids == tokenizer.mask_id).sum(axis=1).tolist() == [0, 1, 0]
    to_rows = preprocessor.Preprocessor(tokenizer)
    ids = to_rows(tf.constant(TEXTS[:1]))["input_word_ids"].numpy()[0]
    assert ids[: len(rows[0])].tolist() == rows[0]
    assert set(ids[len(rows[0]) :]) == {0} == {tokenizer.pad_id}


def run(*args):
    done = subprocess.run(
        [sys.executable, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_every_command(vocabulary_path, tokenizer, sizes, corpus, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    data, pretrained = tmp_path / "records", tmp_path / "pretrained"
    run(
        *("-m", "data_pipeline.pretraining.create_pretraining_data"),
        f"--input_file={corpus}",
        f"--spm_model_file={vocabulary_path}",
        f"--output_dir={data}",
        "--max_seq_length=64",
    )
    run(
        "-m",
        "data_pipeline.pretraining.audit",
        f"--input_file={data}/*.tfrecord",
    )
    run(
        "run_pretraining.py",
        f"--input_file={data}/*.tfrecord",
        f"--albert_config_file={tmp_path / 'config.json'}",
        f"--output_dir={pretrained}",
        "--do_train",
        "--max_seq_length=64",
        "--num_train_steps=2",
        "--train_batch_size=4",
    )
    rows = "".join(
        f"{text} {i}\t{i % 2}\n" for i in range(8) for text in TEXTS[:1]
    )
    (tmp_path / "dev.tsv").write_text("text\tlabel\n" + rows)
    tuned = tmp_path / "tuned"
    run(
        "run_classifier.py",
        "--task_name=custom",
        "--task_type=classification",
        f"--train_file={tmp_path / 'dev.tsv'}",
        f"--eval_file={tmp_path / 'dev.tsv'}",
        f"--init_checkpoint={pretrained}",
        f"--output_dir={tuned}",
        "--do_train",
        "--do_eval",
        "--num_train_steps=2",
        "--train_batch_size=4",
        "--max_seq_length=16",
    )
    for name, source in (("masks", pretrained), ("classes", tuned / "best")):
        out = tmp_path / name
        run(
            *("-m", "albert_tf.export"),
            f"--checkpoint={source}",
            f"--output={out}",
            "--formats=savedmodel,huggingface,tfhub",
        )
        assert tokenizers.load(out).fingerprint == tokenizer.fingerprint
        again = tokenizers.load(out / "huggingface")
        texts = corpus.read_text().splitlines()
        assert again.encode_batch(texts) == tokenizer.encode_batch(texts)
        # The folder is a checkpoint as any other.
        run(
            *("-m", "albert_tf.export"),
            f"--checkpoint={out / 'huggingface'}",
            f"--output={tmp_path / name}_again",
            "--formats=savedmodel",
        )
    run("examples/fill_mask.py", tmp_path / "masks", "the [MASK] sees.")
    run(
        *("-m", "albert_tf.interop.convert"),
        f"--input={tuned / 'best'}",
        f"--output={tmp_path / 'converted'}",
        "--to=huggingface",
    )
