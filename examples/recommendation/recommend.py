r"""Recommends articles that are near to what a reader read, and says why.

    python examples/recommendation/recommend.py --items_file=articles.jsonl \
        --title_column=headline --text_column=short_description --model=run \
        --history=120,98,3411 --output_file=recommended.json

Instead of --history, --history_file names a table of clicks with the columns
reader, item and date; then each reader gets a list.
"""

import argparse
import json
import sys
from typing import Any

import catalog as catalog_lib
import matching

from data_pipeline.io import files

_WIDTH = 58


def main() -> None:
    args = arguments()
    if args.history_file:
        histories = catalog_lib.histories(args.history_file)
    else:
        histories = {"reader": args.history.split(",")}
    catalog = catalog_lib.read(args)
    found = {}
    for reader, ids in histories.items():
        matches = matching.recommend(
            catalog,
            catalog.numbers([name.strip() for name in ids]),
            count=args.count,
            profile=args.profile,
            last=args.last,
            diversity=args.diversity,
            words=args.words,
        )
        print(table(catalog, reader, ids, matches))
        found[reader] = [as_json(catalog, match) for match in matches]
    if args.output_file:
        content = json.dumps(found, indent=1, ensure_ascii=False)
        files.write(args.output_file, f"{content}\n".encode())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    catalog_lib.add_arguments(parser)
    add = parser.add_argument
    history = parser.add_mutually_exclusive_group(required=True)
    history.add_argument("--history", help="Ids, the last one read at the end.")
    history.add_argument("--history_file", help="Table of clicks.")
    add("--output_file", help="JSON file to write.")
    add("--count", type=int, default=10, help="Articles to recommend.")
    add(
        "--profile",
        choices=(matching.MEAN, matching.NEAREST),
        default=matching.MEAN,
        help="Near to the mean of the history, or to any article of it.",
    )
    add("--last", type=int, default=10, help="Articles of it that count.")
    add(
        "--diversity",
        type=float,
        default=0.1,
        help="From 0, only the nearest ones, to 1, only different ones.",
    )
    add(
        "--words",
        type=float,
        default=0.7,
        help="Weight of the words (TF-IDF): 0, embeddings alone, to 1.",
    )
    args = parser.parse_args()
    if min(args.count, args.last) < 1:
        parser.error("--count and --last must be at least 1.")
    if not all(0 <= x <= 1 for x in (args.diversity, args.words)):
        parser.error("--diversity and --words must be from 0 to 1.")
    return args


def table(
    catalog: catalog_lib.Catalog,
    reader: str,
    ids: list[str],
    matches: list[matching.Match],
) -> str:
    """Recommendations and their reasons as plain text."""
    lines = [f"{reader} read:"]
    lines += [
        f"  {catalog.titles[number]}" for number in catalog.numbers(ids[-5:])
    ]
    lines.append("Recommended:")
    for match in matches:
        lines.append(f"  {match.score:.2f}  {catalog.titles[match.item]}")
        lines.append(f"        {reason(catalog, match)}")
    return "\n".join(lines)


def reason(catalog: catalog_lib.Catalog, match: matching.Match) -> str:
    """Why an article is recommended, in one line."""
    title = catalog.titles[match.because]
    if len(title) > _WIDTH:
        title = title[: _WIDTH - 1] + "…"
    words = ", ".join(match.words)
    shared = f"both say: {words}" if words else "no words in common"
    return f'like "{title}" ({match.cosine:.2f}); {shared}'


def as_json(
    catalog: catalog_lib.Catalog, match: matching.Match
) -> dict[str, Any]:
    """A recommendation as JSON values."""
    return {
        "id": catalog.ids[match.item],
        "title": catalog.titles[match.item],
        "score": round(match.score, 4),
        "because": catalog.ids[match.because],
        "because_title": catalog.titles[match.because],
        "cosine": round(match.cosine, 4),
        "words": match.words,
    }


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"Error: {error}")
