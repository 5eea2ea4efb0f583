"""What is asked of a server's embeddings and ranks, and what is expected."""

import json

import numpy as np

import albert_tf
from albert_tf.workflows.answering import embedding_source

READ = 8


def letters(texts):
    """The embeddings of the model `letters`."""
    read = [" ".join(text.split(" ")[:READ]).encode() for text in texts]
    counts = np.array([[text.count(b) for b in b"abc"] for text in read])
    others = np.array([len(text) for text in read]) - counts.sum(axis=1)
    vectors = np.column_stack([counts, others])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


DOCUMENTS = [
    {"id": "first", "text": "aaaa", "year": 2020},
    {"id": "second", "text": "bbbb", "title": "ab"},
    {"id": "third", "text": "a b c d e f g h i j", "title": "c"},
    {"id": "fourth", "text": "zzzz"},
]


class Letters:
    """The model `letters` in memory."""

    name, size = "letters", 4

    def __init__(self, export):
        self.fingerprint = embedding_source.described(export).fingerprint

    def encode(self, texts, *, progress=None, prompt=None):
        return letters(list(texts)).astype(np.float32)


def build_index(folder, export):
    """An index of DOCUMENTS by `letters`."""
    path = f"{folder}.jsonl"
    with open(path, "w") as file:
        file.writelines(f"{json.dumps(each)}\n" for each in DOCUMENTS)
    config = albert_tf.IndexConfig(index=folder, documents=path)
    albert_tf.index(config, embedder=Letters(export))


# What is wrong: the changes, the status and a part of the message.
LETTERS = {
    "no such model": ({"model": "x"}, 404, "served. Received: 'x'. The models"),
    "no embeddings": (
        {"model": "sentiment"},
        400,
        "must turn texts into embeddings. Received: sentiment",
    ),
    "ids": ({"input": [5, 6]}, 400, "numbers in a list, such as ids"),
    "rows of ids": ({"input": [[5], [6]]}, 400, "lists in a list, such as ids"),
    "nothing": ({"input": []}, 400, "at least 1. Received: 0"),
    "empty": ({"input": ["a", " \n"]}, 400, "'input' must contain more than"),
    "null": ({"input": None}, 400, "Received: null"),
    "object": ({"input": [{"text": "a"}]}, 400, "strings. Received: object"),
    "many": ({"input": ["a"] * 17}, 400, "at most 16 texts"),
    "long": ({"input": "a" * 3001}, 400, "at most 3,000 bytes"),
    "large": ({"dimensions": 5}, 400, "from 1 to the size"),
    "none": ({"dimensions": 0}, 400, "from 1 to the size"),
    "a float": ({"dimensions": 2.0}, 400, "whole number"),
    "encoding": ({"encoding_format": "int8"}, 400, "one of float, base64"),
}

_QUERY, *_TEXTS = letters(["b a", "bbbb", "aaab", "ab"])
_COSINES = [float(_QUERY @ text) for text in _TEXTS]
_SHARES = np.array([0, 0.75, 0.5])


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


# Fields of the request, what the scores are, and the scores.
ROWS = {
    # The first reranker of the server.
    "default": ({}, "probability of the last label", _SHARES),
    "text": (
        {"return_text": True, "truncate": None},
        "probability of the last label",
        _SHARES,
    ),
    "number": ({"model": "closer"}, "value", _sigmoid(_SHARES)),
    "raw number": (
        {"model": "closer", "raw_scores": True, "truncate": False},
        "value",
        _SHARES,
    ),
    "raw": (
        {"raw_scores": True, "truncation_direction": "Right"},
        "probability of the last label",
        [np.log(1e-30), np.log(3), 0],
    ),
    "cosine": ({"model": "letters"}, "cosine", _COSINES),
}
