r"""Writes pairs of texts to train an embedding model on.

    python -m benchmarks.embeddings.pairs --output_file=pairs.tsv \
        --source=snli:snli/train.tsv --source=mnli:mnli/train.json \
        --source=translations:tatoeba/en-fr.tsv --source=squad:train-v2.0.json \
        --source=titled:huffpost.jsonl:headline:short_description \
        --source=documents:cranfield --source=judgments:cranfield:train

A TSV file with the columns anchor and positive, in random order; for the
sources snli, mnli and rte, --negatives adds the column negative, and leaves
out pairs that have none. A source that is named twice counts twice. Sources:

    snli, mnli, rte     premises with what follows from them
    translations        sentences with a translation in common
    squad               questions with the sentence of their answer
    titled              titles and texts: path:title field:text field
    summaries           path:text field:summary field
    headlines           alike headlines of the same or the next day
    copies              path:number of lines: two noisy copies of each
    intents             texts of the same intent (CSV with text and category)
    documents           BEIR's layout: titles, sentences and the rest
    judgments           BEIR's layout: queries with documents, path:split
"""

import argparse
import random
from collections.abc import Callable
from collections.abc import Iterator

from benchmarks.embeddings import corpus_pairs
from benchmarks.embeddings import intents
from benchmarks.embeddings import pair_sources
from data_pipeline.io import files
from tools import options


def _intents(path: str) -> Iterator[pair_sources.Texts]:
    return pair_sources.same_label(intents.read(path, "train"))


_SOURCES: dict[str, Callable[..., Iterator[pair_sources.Texts]]] = {
    "snli": pair_sources.snli,
    "mnli": pair_sources.mnli_json,
    "rte": pair_sources.rte,
    "translations": pair_sources.translations,
    "squad": pair_sources.squad,
    "titled": pair_sources.titled,
    "summaries": pair_sources.summaries,
    "headlines": pair_sources.headlines,
    "copies": corpus_pairs.copies,
    "intents": _intents,
    "documents": corpus_pairs.of_documents,
    "judgments": corpus_pairs.of_judgments,
}


def main(arguments: argparse.Namespace) -> None:
    draw = random.Random(arguments.seed)
    rows = []
    for source in arguments.source:
        kind, _, rest = source.partition(":")
        if kind not in _SOURCES:
            raise ValueError(
                f"--source must begin with one of {', '.join(_SOURCES)}, and "
                f"a colon. Received: {source!r}."
            )
        found = list(
            dict.fromkeys(map(_clean, _SOURCES[kind](*rest.split(":"))))
        )
        found = [row for row in found if all(row) and len(set(row)) > 1]
        if arguments.negatives:
            found = [row for row in found if len(row) == 3]
        else:
            found = [row[:2] for row in found]
        print(f"{source}: {len(found):,} pairs")
        rows += found
    draw.shuffle(rows)
    names = ("anchor", "positive", "negative")
    width = 3 if arguments.negatives else 2
    lines = [names[:width], *rows]
    text = "".join("\t".join(row) + "\n" for row in lines)
    files.write(arguments.output_file, text.encode())


def _clean(row: pair_sources.Texts) -> pair_sources.Texts:
    """Without tabs and ends of lines."""
    return tuple(" ".join(text.split()) for text in row)


if __name__ == "__main__":
    parser = options.Parser(__doc__)
    parser.add_argument(
        "--source",
        action="append",
        required=True,
        help="Kind, path and fields, with colons between. May be repeated.",
    )
    parser.add_argument("--output_file", required=True, help="A TSV file.")
    options.add_switch(
        parser, "--negatives", "Write triplets with a hard negative."
    )
    parser.add_argument("--seed", type=int, default=0, help="Of the order.")
    options.run(main, parser)
