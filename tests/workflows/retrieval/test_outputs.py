"""Searches and mined negatives replace no file."""

import pytest

import albert_tf


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with an index of words, pairs, and an output of before."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out.jsonl").write_text("kept")
    (tmp_path / "pairs.csv").write_text("text,positive\nthe dog,a dog barks\n")
    (tmp_path / "texts.csv").write_text("text\na dog barks\na red car\n")
    albert_tf.index(albert_tf.IndexConfig(index="index", documents="texts.csv"))
    return tmp_path


@pytest.mark.parametrize("command", ["search", "mine"])
def test_no_output_is_replaced(command, folder):
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        if command == "search":
            albert_tf.search(
                albert_tf.SearchConfig(
                    index="index", text=("dog",), output="out.jsonl"
                )
            )
        else:
            albert_tf.mine(
                albert_tf.MineConfig(data="pairs.csv", output="out.jsonl")
            )
    assert (folder / "out.jsonl").read_text() == "kept"
