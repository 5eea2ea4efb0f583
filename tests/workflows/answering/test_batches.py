"""Batches of a predictor, and the progress that it shows."""

import numpy as np
import tensorflow as tf
from predicted import TEXTS

from albert_tf.workflows.answering import batches
from albert_tf.workflows.answering import predictor as predictor_lib


def test_long_inputs_show_progress(make, monkeypatch):
    shown = []

    class Progress:
        def __init__(self, unit, total):
            shown.append((unit, total))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, count):
            shown.append(count)

    monkeypatch.setattr(predictor_lib.progress, "Progress", Progress)
    predictor = make("classification")
    predictor(TEXTS)
    assert not shown
    predictor(TEXTS * 40)
    assert shown[0] == ("inputs", 200) and sum(shown[1:]) == 200


class Recorder:
    """A signature that says how large its batches are."""

    inputs = {"texts": tf.TensorSpec([None], tf.string)}
    padded = frozenset()

    def __init__(self):
        self.shapes = []

    def call(self, columns):
        (texts,) = columns.values()
        self.shapes.append((len(texts), max(map(len, texts))))
        return {"length": np.array([len(text) for text in texts])}


def test_batches_are_alike_and_bounded():
    texts = [b"a" * (1 + n * 7919 % 3000) for n in range(500)]
    texts[7] = b"b" * 10**6
    texts[8] = b"[MASK]" * 2000
    signature = Recorder()
    rows = [{"texts": text} for text in texts]
    found = {}
    for numbers, outputs in batches.run(signature, rows):
        for number, output in zip(numbers, outputs, strict=True):
            found[number] = int(output["length"][0])
    assert [found[n] for n in range(500)] == [len(text) for text in texts]
    assert all(
        count <= batches.ROWS and (count == 1 or count * longest <= 1 << 17)
        for count, longest in signature.shapes
    )
    assert (1, 10**6) in signature.shapes and (1, 12000) in signature.shapes
    assert len(signature.shapes) < 20


def test_chunks_have_bounded_size():
    rows = ({"texts": b"a" * 10**6} for _ in range(40))
    sizes = [len(chunk) for chunk in batches.chunks(rows)]
    assert sizes == [17, 17, 6]
    sizes = [
        len(x) for x in batches.chunks({"texts": b"a"} for _ in range(2000))
    ]
    assert sizes == [1024, 976]
