"""What the server is made of, alone."""

import time

import numpy as np
import pytest

from albert_tf.serve import batching
from albert_tf.serve import folders
from albert_tf.serve import limits as limits_lib
from albert_tf.serve import rows

LIMITS = limits_lib.Limits(
    max_body_bytes=1000,
    max_text_bytes=1000,
    max_rows=4,
    max_padded=100,
    max_masks=8,
    max_values=50,
)


def job(key="a", rows=1, length=10, masks=0, values=0):
    size = limits_lib.Size(rows, length, masks, values)
    return batching.Job((key,), None, size, None, time.monotonic())


@pytest.mark.parametrize(
    "waiting, chosen",
    [
        ([job(), job()], [0, 1]),
        ([job("a"), job("b"), job("a")], [0, 2]),
        # The nearest in length first; four rows are a batch.
        (
            [job(length=10), *(job(length=n) for n in (25, 9, 20, 12))],
            [0, 2, 4, 3],
        ),
        # 2 x 60 is more than 100: the long one waits for its turn.
        ([job(length=10), job(length=60), job(length=5)], [0, 2]),
        ([job(length=100), job(length=10)], [0]),
        ([job(rows=3), job(rows=2), job(rows=1)], [0, 2]),
        ([job(masks=2), job(masks=6), job(masks=4)], [0, 2]),
        ([job(values=30), job(values=30), job(values=20)], [0, 2]),
    ],
)
def test_a_batch_is_the_oldest_and_those_like_it(waiting, chosen):
    expected = [waiting[number] for number in chosen]
    assert batching.choose(waiting, LIMITS) == expected


def test_a_batch_is_cut_into_what_each_asked():
    words = [[b"a", b"b", b""], [b"c", b"", b""], [b"", b"", b""]]
    outputs = {
        "words": np.array(words, object),
        "ends": np.array([[1, 3, -1], [1, -1, -1], [-1, -1, -1]], np.int32),
        "sure": np.array([[0.5, 0, 0], [0, 0, 0], [0, 0, 0]], np.float32),
        "logits": np.zeros([3, 3], np.float32),  # of classes: never cut
        "score": np.array([0, 1, 2]),
    }
    first, second = rows.split(outputs, [1, 2], {"words", "ends", "sure"})
    assert first["words"].tolist() == [[b"a", b"b"]]
    assert first["ends"].tolist() == [[1, 3]]
    assert first["sure"].tolist() == [[0.5, 0]]  # its word is there
    assert second["words"].tolist() == [[b"c"], [b""]]
    assert second["sure"].tolist() == [[0], [0]]
    assert second["logits"].shape == (2, 3)
    assert second["score"].tolist() == [1, 2]
    (whole,) = rows.split(outputs, [3], {"words", "ends", "sure"})
    assert whole["words"].shape == (3, 3)


def test_a_model_is_a_folder_or_one_of_numbered_ones(tmp_path):
    for version in ("9", "010", "x", "11"):
        (tmp_path / version).mkdir()
        if version != "11":  # not there yet, as while it is copied
            (tmp_path / version / "saved_model.pb").touch()
    newest = folders.newest_version(str(tmp_path))
    assert newest == (10, str(tmp_path / "010"))
    plain = str(tmp_path / "9")
    assert folders.newest_version(plain) == (1, plain)
    with pytest.raises(ValueError, match="--formats=savedmodel"):
        folders.newest_version(str(tmp_path / "11"))
    with pytest.raises(ValueError, match="--formats=savedmodel"):
        folders.newest_version(str(tmp_path / "none"))


def test_names():
    read = folders.name_and_folder
    assert read("a=b/c") == ("a", "b/c")
    assert read("b/c-1/") == ("c-1", "b/c-1/")
    for wrong in ("=b", "a b=c", "a/b=c", "é"):
        with pytest.raises(ValueError, match="NAME=FOLDER"):
            read(wrong)
