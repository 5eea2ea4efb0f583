r"""Scores intents learned from a few examples each.

    python -m benchmarks.embeddings.intents --train_file=banking77/train.csv \
        --test_file=banking77/test.csv --embedders=run --checkpoint=run \
        --plot=intents.png

prints the accuracy on the test file as a table. For each of --examples, the
number of training examples per intent: the intent whose mean embedding is
nearest, logistic regression on embeddings (of --embedders, and of TF-IDF), and
a classifier fine-tuned from --checkpoint. The classifier is trained with each
of --steps and --learning_rates; its accuracy on up to 1,000 other texts of the
training file picks the one that is tested, a help that the other methods do not
have. Means over --draws draws of the examples, with the standard error over
draws. Files are CSV with the columns text and category, or clinc150's
data_full.json, whose "oos" texts are left out.
"""

import argparse
import csv
import itertools
import json
import os
import tempfile
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
from sklearn import linear_model

from albert_tf.embedding import vectors as embedding_vectors
from benchmarks.embeddings import baselines
from benchmarks.embeddings import tables
from tools import options

# A text and its intent.
Examples = list[tuple[str, str]]
# Predicts the intents of texts, from examples.
Method = Callable[[Examples, Sequence[str]], np.ndarray]
# Pairs of steps and learning rate.
Settings = Sequence[tuple[int, float]]

_HELD_OUT = 1000


def main(arguments: argparse.Namespace) -> None:
    train = read(arguments.train_file, "train")
    test = read(arguments.test_file, "test")
    makers = {"TF-IDF": baselines.TfIdf, **tables.makers(arguments.embedders)}
    methods: dict[str, Method] = {}
    for name, maker in makers.items():
        methods[f"{name}, nearest class mean"] = nearest_mean(maker)
        methods[f"{name}, logistic regression"] = regression(maker)
    if arguments.checkpoint:
        methods["fine-tuned classifier"] = fine_tuned(
            arguments.checkpoint,
            list(itertools.product(arguments.steps, arguments.learning_rates)),
            train,
        )
    rows: dict[str, list] = {}
    for name, method in methods.items():
        rows[name] = [
            _accuracies(method, train, test, count, arguments.draws)
            for count in arguments.examples
        ]
        print(json.dumps({name: rows[name]}), flush=True)
    cells = {name: list(map(_shown, row)) for name, row in rows.items()}
    print(tables.markdown("accuracy", arguments.examples, cells))
    if arguments.plot:
        plot(arguments.plot, arguments.examples, rows)


def nearest_mean(maker: baselines.Maker) -> Method:
    """The intent whose mean embedding has the largest cosine."""

    def predict(examples: Examples, texts: Sequence[str]) -> np.ndarray:
        known = [text for text, _ in examples]
        embedder = maker(known)
        vectors = embedding_vectors.unit(embedder.encode(known))
        names, places = np.unique(
            [label for _, label in examples], return_inverse=True
        )
        means = np.zeros((len(names), vectors.shape[1]), np.float32)
        np.add.at(means, places, vectors)
        cosines = (
            embedding_vectors.unit(embedder.encode(texts))
            @ embedding_vectors.unit(means).T
        )
        return names[cosines.argmax(axis=1)]

    return predict


def regression(maker: baselines.Maker) -> Method:
    def predict(examples: Examples, texts: Sequence[str]) -> np.ndarray:
        known = [text for text, _ in examples]
        embedder = maker(known)
        model = linear_model.LogisticRegression(C=100, max_iter=300)
        model.fit(
            embedding_vectors.unit(embedder.encode(known)),
            [label for _, label in examples],
        )
        return model.predict(embedding_vectors.unit(embedder.encode(texts)))

    return predict


def fine_tuned(checkpoint: str, settings: Settings, train: Examples) -> Method:
    """A classifier that is trained whole, from the same model, with the setting
    that is best on texts of `train` that are not among the examples."""

    def predict(examples: Examples, texts: Sequence[str]) -> np.ndarray:
        known = set(examples)
        others = [example for example in train if example not in known]
        random = np.random.default_rng(0)
        places = random.permutation(len(others))[:_HELD_OUT]
        held_out = [others[place] for place in places]
        gold = np.array([label for _, label in held_out])
        asked = [*(text for text, _ in held_out), *texts]
        best = (-1.0, np.array([]))
        for steps, rate in settings:
            said = _classified(checkpoint, examples, asked, steps, rate)
            accuracy = float(np.mean(said[: len(gold)] == gold))
            print(
                f"{len(examples)} examples, {steps} steps at {rate}: "
                f"{accuracy:.3f} on other training texts",
                flush=True,
            )
            best = max(best, (accuracy, said[len(gold) :]), key=lambda b: b[0])
        return best[1]

    return predict


def _classified(
    checkpoint: str,
    examples: Examples,
    texts: Sequence[str],
    steps: int,
    learning_rate: float,
) -> np.ndarray:
    """The labels that a classifier trained on the examples gives the texts."""
    import albert_tf

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "train.csv")
        with open(path, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["text", "category"])
            rows.writerows(examples)
        albert_tf.finetune(
            train=path,
            text="text",
            label="category",
            init_checkpoint=checkpoint,
            output_dir=os.path.join(folder, "run"),
            max_seq_length=32,
            length_buckets=("12", "20", "32"),
            train_batch_size=32,
            train_step=steps,
            learning_rate=learning_rate,
            bias_correction=True,
            dropout_prob=0.0,
        )
        predictor = albert_tf.predictor(os.path.join(folder, "run"))
        answers = predictor(list(texts))
    return np.array([answer["label"] for answer in answers])


def read(path: str, split: str) -> Examples:
    with open(path, encoding="utf-8", newline="") as file:
        if path.endswith(".json"):
            return [(text, label) for text, label in json.load(file)[split]]
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def drawn(examples: Examples, count: int, seed: int) -> Examples:
    """`count` examples of each intent."""
    of_label: dict[str, Examples] = {}
    for example in examples:
        of_label.setdefault(example[1], []).append(example)
    random = np.random.default_rng(seed)
    found = []
    for label in sorted(of_label):
        places = random.permutation(len(of_label[label]))[:count]
        found += [of_label[label][place] for place in places]
    return found


def _accuracies(
    method: Method, train: Examples, test: Examples, count: int, draws: int
) -> list[float]:
    texts = [text for text, _ in test]
    gold = np.array([label for _, label in test])
    return [
        float(np.mean(method(drawn(train, count, seed), texts) == gold))
        for seed in range(draws)
    ]


def _shown(accuracies: list[float]) -> str:
    if len(accuracies) == 1:
        return f"{accuracies[0]:.3f}"
    error = np.std(accuracies) / np.sqrt(len(accuracies) - 1)
    return f"{np.mean(accuracies):.3f} ± {error:.3f}"


def plot(
    path: str, counts: Sequence[int], rows: dict[str, list[list[float]]]
) -> None:
    """Draws accuracy over the number of examples, a line for each method."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for name, found in rows.items():
        axes.plot(counts, np.mean(found, axis=1), marker="o", label=name)
    axes.set_xscale("log")
    axes.set_xticks(counts, map(str, counts))
    axes.minorticks_off()
    axes.set_xlabel("training examples per intent")
    axes.set_ylabel("accuracy on the test set")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument("--train_file", required=True, help="CSV or JSON.")
    parser.add_argument("--test_file", required=True, help="CSV or JSON.")
    parser.add_argument(
        "--examples",
        type=options.numbers(int),
        default="1,5,10,20",
        help="Numbers of training examples per intent.",
    )
    parser.add_argument(
        "--embedders",
        type=options.names,
        default=[],
        help="Runs, exports or names of embedding models.",
    )
    parser.add_argument(
        "--checkpoint", help="What the classifier is fine-tuned from."
    )
    parser.add_argument(
        "--steps",
        type=options.numbers(int),
        default="300,900",
        help="Numbers of fine-tuning steps to try, of 32 texts each.",
    )
    parser.add_argument(
        "--learning_rates",
        type=options.numbers(float),
        default="3e-4,1e-3",
        help="Learning rates of fine-tuning to try.",
    )
    parser.add_argument(
        "--draws", type=options.at_least(1), default=5, help="Of examples."
    )
    parser.add_argument("--plot", help="A PNG file to write.")
    options.run(main, parser)
