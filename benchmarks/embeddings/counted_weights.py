r"""Writes an ALBERT embedding model that has counted how rare words are.

    python -m benchmarks.embeddings.counted_weights --input_file=text.txt \
        --spm_model_file=vocab/tokenizer.model --output_dir=counted

Its embeddings are TF-IDF vectors of pieces, projected at random to --size
dimensions; pieces with letters in common are alike. It is a start for training
on little data: training from random weights must learn first that rare words
matter. Attention and the feed-forward part of its one layer add nothing yet.

How: word embeddings have two parts, the piece's own direction, as long as the
piece is rare, and a direction that all pieces share, which fills them up to
one length. So layer normalization changes nothing, and the dense layer after
pooling takes the shared direction out.

Source: Johnson and Lindenstrauss 1984 (random projection); letters: Bojanowski
et al. 2017, "Enriching Word Vectors with Subword Information".
"""

import argparse
import os

import numpy as np
from scipy import sparse
from sklearn import preprocessing

import albert_tf
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers
from tools import options

_MAX_LENGTH = 256
_LETTERS = 0.8  # share of the part made of letters, beside 1 for the piece
_SPREAD = 0.2  # standard deviation of word embeddings
_SLOPE = 0.3  # of the dense layer, whose tanh is then nearly linear


def main(arguments: argparse.Namespace) -> None:
    tokenizer = tokenizers.load(arguments.spm_model_file)
    with open(arguments.input_file, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip()]
    random = np.random.default_rng(0)
    if len(lines) > arguments.max_lines:
        chosen = random.choice(len(lines), arguments.max_lines, replace=False)
        lines = [lines[i] for i in chosen]
    config = albert_tf.AlbertConfig(
        vocab_size=tokenizer.vocab_size,
        embedding_size=arguments.size,
        hidden_size=arguments.size,
        num_hidden_layers=1,
        num_attention_heads=arguments.size // 64,
        intermediate_size=arguments.size,
        max_position_embeddings=_MAX_LENGTH,
    )
    model = albert_tf.AlbertEmbedder(config, {"dense_size": arguments.size})
    pieces = tokenizer.pieces
    own = (
        _projected(sparse.eye(len(pieces)).tocsr(), arguments.size, random)
        + _LETTERS * _projected(letters(pieces), arguments.size, random)
    ) * rarities(tokenizer, lines)[:, None]
    fill(model, own, random)
    os.makedirs(arguments.output_dir)
    model.save(os.path.join(arguments.output_dir, "model.keras"))
    tokenizer.save(arguments.output_dir)
    row = {
        "kind": "embedding",
        "labels": [],
        "num_texts": 1,
        "embedding": model.settings.as_json(),
    }
    saved_tasks.write(
        arguments.output_dir, {"custom": row}, _MAX_LENGTH, tokenizer
    )


def rarities(tokenizer, lines: list[str]) -> np.ndarray:
    """log(lines / lines with the piece) of each piece, [V]; 0 for the tokens
    that mark the ends of texts."""
    counts = np.zeros(tokenizer.vocab_size)
    for ids in tokenizer.encode_batch(lines):
        counts[list(set(ids))] += 1
    found = np.log((len(lines) + 1) / (counts + 1))
    found[[tokenizer.cls_id, tokenizer.sep_id]] = 0
    return found


def letters(pieces: list[str]) -> sparse.csr_matrix:
    """What three or four letters each piece has, the rare ones weighing more,
    [V, number of such]; rows have length 1."""
    rows, columns, values = [], [], []
    known: dict[str, int] = {}
    for row, piece in enumerate(pieces):
        marked = piece.replace("▁", "<")
        for length in (3, 4):
            for i in range(len(marked) - length + 1):
                part = marked[i : i + length]
                rows.append(row)
                columns.append(known.setdefault(part, len(known)))
                values.append(1.0)
    found = sparse.csr_matrix(
        (values, (rows, columns)), shape=(len(pieces), len(known))
    )
    spread = np.asarray((found > 0).sum(axis=0)).ravel()
    return preprocessing.normalize(
        found @ sparse.diags(np.log(len(pieces) / spread))
    )


def _projected(features, size: int, random) -> np.ndarray:
    projection = random.normal(size=(features.shape[1], size)) / np.sqrt(size)
    return features @ projection


def fill(model, own: np.ndarray, random) -> None:
    """Sets the weights so that embeddings are means of `own`, [V, H]."""
    size = own.shape[1]
    shared = random.normal(size=size)
    shared -= shared.mean()
    shared /= np.linalg.norm(shared)
    own = own - own.mean(axis=1, keepdims=True)
    own -= np.outer(own @ shared, shared)
    lengths = np.linalg.norm(own, axis=1)
    whole = 1.01 * lengths.max()
    rest = np.sqrt(whole**2 - lengths**2)
    words = own + np.outer(rest, shared)
    words *= _SPREAD * np.sqrt(size) / whole
    values = {
        "word_embeddings": words,
        "segment_embeddings": 0.0,
        "position_embeddings": 0.0,
        "output_kernel": 0.0,  # of attention and of the feed-forward part
        "embedding/kernel": _SLOPE * (np.eye(size) - np.outer(shared, shared)),
    }
    for weight in model.weights:
        for name, value in values.items():
            if weight.path.endswith("/" + name):
                weight.assign(np.broadcast_to(value, weight.shape))


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument("--input_file", required=True, help="Plain text.")
    parser.add_argument(
        "--spm_model_file", required=True, help="The vocabulary."
    )
    parser.add_argument("--output_dir", required=True, help="New folder.")
    parser.add_argument(
        "--size", type=options.at_least(64), default=384, help="Dimensions."
    )
    parser.add_argument(
        "--max_lines",
        type=options.at_least(1),
        default=100000,
        help="Lines to count.",
    )
    options.run(main, parser)
