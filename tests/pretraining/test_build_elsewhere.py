"""Builders on folders in use, on no text, and on files elsewhere."""

import numpy as np
import pytest
import tensorflow as tf

from data_pipeline.pretraining.building import build
from data_pipeline.pretraining.building import build_folder
from data_pipeline.pretraining.records import record_sets


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_is_overwritten(make_job, record_folder, tmp_path):
    before = contents(record_folder)
    with pytest.raises(FileExistsError, match="random_seed 2 instead of 1"):
        build.build(make_job(random_seed=2), str(record_folder))
    assert contents(record_folder) == before
    # What another build has begun, too.
    work = tmp_path / "set" / "unfinished"
    job = make_job()
    build_folder.claim(str(work), build.new_manifest(job, {}, []))
    with pytest.raises(FileExistsError, match="num_shards 4 instead of 3"):
        build.build(make_job(num_shards=4), str(tmp_path / "set"))


def test_an_empty_corpus_leaves_no_records(make_job, tmp_path):
    (tmp_path / "empty.txt").write_text("\n\n")
    with pytest.raises(ValueError, match="0 documents"):
        build.build(make_job(tmp_path / "empty.txt"), str(tmp_path / "set"))
    assert not (tmp_path / "set").exists()


def test_text_and_records_elsewhere(make_job, corpus, record_folder):
    """Through tf.io.gfile, as on cloud storage."""
    tf.io.gfile.makedirs("ram://text")
    with tf.io.gfile.GFile("ram://text/corpus.txt", "wb") as file:
        file.write(corpus.read_bytes())
    for _ in range(2):  # made, and found complete
        build.build(make_job("ram://text/*.txt"), "ram://records")
    assert {
        name: tf.io.gfile.GFile(f"ram://records/{name}", "rb").read()
        for name in tf.io.gfile.listdir("ram://records")
    } == contents(record_folder)
    opened = record_sets.open_records("ram://records/*.tfrecord", 64)
    assert len(opened.files.read(np.arange(len(opened.files)))) > 40
