r"""Topics of dated texts, and how they rise and fall.

    python examples/topics/topics.py --input_file=headlines.tsv \
        --text_column=headline --model=run --output_dir=topics

Embeds the texts, finds dense groups of them (the others are noise), names each
group by its words and follows its share over time. Writes topics.html,
topics.png, topics.json and assignments.tsv. The embeddings are kept in the
folder, and are computed once.
"""

import argparse
import datetime
import json
import os
import sys

import agreement
import findings
import headlines as headlines_lib
import numpy as np
import topic_drawings
import topic_page

import albert_tf
from albert_tf import plots
from data_pipeline.io import files

_EMBEDDINGS = "embeddings.npy"


def main() -> None:
    args = arguments()
    plots.check_matplotlib()
    files.make_folder(args.output_dir)
    days = [row.date for row in headlines_lib.read(args)]
    embeddings = embedded(args, len(days))
    found = findings.find(
        args,
        embeddings,
        days,
        os.path.basename(os.path.normpath(args.model)),
        os.path.basename(args.input_file),
    )
    write(args, found, days)
    print(summary(found))
    if args.label_column:
        print("\n" + agreement.table(args, embeddings, found.clusters))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    headlines_lib.add_arguments(parser)
    add = parser.add_argument
    add("--model", required=True, help="A model for albert_tf.embedder.")
    add("--output_dir", required=True, help="Folder to write into.")
    add(
        "--min_cluster_size",
        type=int,
        default=15,
        help="Texts of the smallest topic.",
    )
    add(
        "--max_fitted",
        type=int,
        default=20_000,
        help="Texts that topics are found with; others join the nearest one.",
    )
    add("--period", choices=("week", "month"), help="Default: by the span.")
    add("--label_column", help="Column of classes, to compare topics with.")
    add("--random_seed", type=int, default=12345, help="Seed for everything.")
    return parser.parse_args()


def embedded(args: argparse.Namespace, count: int) -> np.ndarray:
    """The embeddings of the file, memory-mapped; computed if not there yet.

    Raises:
        ValueError: those that are there belong to another file or model.
    """
    path = os.path.join(args.output_dir, _EMBEDDINGS)
    if not files.exists(path):
        albert_tf.embed(
            albert_tf.EmbedConfig(
                checkpoint=args.model,
                file=args.input_file,
                output=path,
                text_column=args.text_column,
                title_column=args.title_column,
            )
        )
    described = json.loads(files.read(f"{path}.json"))
    expected = {
        "documents": args.input_file,
        "count": count,
        "fingerprint": albert_tf.embedder(args.model).fingerprint,
    }
    for name, value in expected.items():
        if described.get(name) != value:
            raise ValueError(
                f"{path} must be the embeddings of this file by this model. "
                f"Received: {name} {described.get(name)!r} instead of "
                f"{value!r}. Remove it, or name another --output_dir."
            )
    return np.load(path, mmap_mode="r", allow_pickle=False)


def write(
    args: argparse.Namespace,
    found: findings.Topics,
    days: list[datetime.date],
) -> None:
    """Writes the page, the plot, the topics and the topic of each text."""

    def path(name: str) -> str:
        return os.path.join(args.output_dir, name)

    content = json.dumps(found.as_json(), indent=1, ensure_ascii=False)
    files.write(path("topics.json"), f"{content}\n".encode())
    rows = zip(days, found.clusters.tolist(), strict=True)
    lines = (f"{n}\t{day}\t{own}\n" for n, (day, own) in enumerate(rows))
    with files.whole(path("assignments.tsv")) as file:
        file.write(b"row\tdate\ttopic\n")
        for line in lines:
            file.write(line.encode())
    files.write(path("topics.html"), topic_page.page(found).encode())
    chosen = found.most_changed()
    if chosen:
        figure = topic_drawings.curves(
            found.trends,
            [change.kind for change in found.changes],
            chosen,
            [found.title(topic) for topic in chosen],
        )
        figure.savefig(path("topics.png"), dpi=150)


def summary(found: findings.Topics) -> str:
    """The topics as a table of plain text."""
    noise = 1 - found.trends.counts.sum() / found.total
    lines = [
        f"{len(found.names)} topics of {found.total:,} texts; {noise:.1%} are "
        "in none.",
        f"{'texts':>6}  {'first half':>10}  {'second':>7}",
    ]
    for topic, change in enumerate(found.changes):
        lines.append(
            f"{found.trends.counts[topic].sum():>6}  {change.before:>10.2%}  "
            f"{change.after:>7.2%}  {change.kind:<8} {found.title(topic, 5)}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f"Error: {error}")
