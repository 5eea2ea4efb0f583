r"""Scores embeddings by how well their cosines follow people's judgments.

    python -m benchmarks.embeddings.similarity --sts_dir=sts \
        --sick_file=sick/dev.tsv --embedders=run,pretrained

prints Spearman correlations as a table: for each year of --sts_dir the mean
over its files, their mean over the years with its bootstrap interval, and
SICK. --sts_dir holds folders 2012 to 2016 with *.tsv files whose lines are
score, text, text. TF-IDF is always the first row; it knows the texts of the
file that it scores.
"""

import argparse
import csv
import dataclasses
import glob
import os
from collections.abc import Sequence

import numpy as np
from scipy import stats

from albert_tf.embedding import vectors as embedding_vectors
from benchmarks.embeddings import baselines
from benchmarks.embeddings import bootstrap
from benchmarks.embeddings import tables
from tools import options


@dataclasses.dataclass(frozen=True)
class Pairs:
    """Pairs of texts with scores: the higher, the more alike."""

    first: list[str]
    second: list[str]
    scores: np.ndarray  # [N]


@dataclasses.dataclass(frozen=True)
class Judged:
    """Cosines beside the scores that people gave, both [N]."""

    cosines: np.ndarray
    scores: np.ndarray

    def spearman(self, places: np.ndarray | slice = slice(None)) -> float:
        found = stats.spearmanr(self.cosines[places], self.scores[places])
        return float(found.statistic)


def main(arguments: argparse.Namespace) -> None:
    makers = tables.makers(arguments.embedders)
    makers = {"TF-IDF": baselines.TfIdf, **makers}
    years = read_sts(arguments.sts_dir) if arguments.sts_dir else {}
    head = [*years, "mean", "95%"] if years else []
    if arguments.sick_file:
        sick = read_sick(arguments.sick_file)
        head += ["SICK", "95%"]
    rows = {}
    for name, maker in makers.items():
        row: list = []
        if years:
            row += sts_row(maker, years)
        if arguments.sick_file:
            row += sick_row(maker, sick)
        rows[name] = row
    print(tables.markdown("Spearman", head, rows))


def sts_row(maker: baselines.Maker, years: dict[str, list[Pairs]]) -> list:
    """The mean of each year, the mean of the years and its interval."""
    judged = {
        year: [judge(maker, pairs) for pairs in files]
        for year, files in years.items()
    }
    by_year = [
        float(np.mean([file.spearman() for file in files]))
        for files in judged.values()
    ]
    flat = [file for files in judged.values() for file in files]
    years_of = [i for i, files in enumerate(judged.values()) for _ in files]

    def mean(places: list[np.ndarray]) -> float:
        found = [
            file.spearman(drawn)
            for file, drawn in zip(flat, places, strict=True)
        ]
        sums = np.bincount(years_of, found) / np.bincount(years_of)
        return float(np.mean(sums))

    sizes = [len(file.scores) for file in flat]
    return [
        *by_year,
        float(np.mean(by_year)),
        bootstrap.interval(sizes, mean, rounds=200),
    ]


def sick_row(maker: baselines.Maker, pairs: Pairs) -> list:
    judged = judge(maker, pairs)
    interval = bootstrap.interval(
        [len(pairs.scores)], lambda places: judged.spearman(places[0])
    )
    return [judged.spearman(), interval]


def judge(maker: baselines.Maker, pairs: Pairs) -> Judged:
    texts = [*pairs.first, *pairs.second]
    vectors = embedding_vectors.unit(maker(texts).encode(texts))
    first, second = np.split(vectors, 2)
    return Judged((first * second).sum(-1), pairs.scores)


def read_sts(folder: str) -> dict[str, list[Pairs]]:
    """The files of each year.

    Raises:
        ValueError: the folder has none.
    """
    found: dict[str, list[Pairs]] = {}
    for path in sorted(glob.glob(os.path.join(folder, "20*", "*.tsv"))):
        year = os.path.basename(os.path.dirname(path))
        with open(path, encoding="utf-8") as file:
            # Quotation marks are characters like others here.
            lines = [line.rstrip("\n").split("\t") for line in file]
        pairs = _pairs([(line[1], line[2], float(line[0])) for line in lines])
        found.setdefault(year, []).append(pairs)
    if not found:
        raise ValueError(
            "--sts_dir must be a folder with folders of years, such as 2012, "
            f"that hold *.tsv files. Received: {folder!r}."
        )
    return found


def read_sick(path: str) -> Pairs:
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return _pairs(
            [
                (
                    row["sentence_A"],
                    row["sentence_B"],
                    float(row["relatedness_score"]),
                )
                for row in rows
            ]
        )


def _pairs(rows: Sequence[tuple[str, str, float]]) -> Pairs:
    first, second, scores = zip(*rows, strict=True)
    return Pairs(list(first), list(second), np.array(scores))


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument("--sts_dir", help="Folder of STS 2012 to 2016.")
    parser.add_argument("--sick_file", help="A TSV file of SICK.")
    parser.add_argument(
        "--embedders",
        type=options.names,
        default=[],
        help="Runs, exports or names of embedding models.",
    )
    options.run(main, parser)
