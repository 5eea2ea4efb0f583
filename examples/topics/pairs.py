r"""Pairs of headlines about the same story, to train an embedding model on.

    python examples/topics/pairs.py --input_file=headlines.tsv \
        --text_column=headline --output_file=pairs.tsv

No labels are needed: two headlines that appear within a week and share rare
words are mostly about the same event, in other words. If there are titles, each
title is paired with its text as well. The output has two columns, anchor and
positive, for albert-tf finetune --task_type=embedding.
"""

import argparse
import sys

import headlines as headlines_lib
import numpy as np
from sklearn.feature_extraction import text as sklearn_text

from data_pipeline.io import files

# Cosines of TF-IDF: lower ones are chance, higher ones are the same text.
_LEAST, _MOST = 0.3, 0.85
# Headlines that are compared with those near them at once.
_ROWS = 1024


def main() -> None:
    args = arguments()
    if files.exists(args.output_file):
        sys.exit(
            "Error: --output_file must not exist. Received: "
            f"{args.output_file}. Remove it, or name another file."
        )
    rows = sorted(headlines_lib.read(args), key=lambda row: row.date)
    found = same_story([row.shown for row in rows], days(rows), args.days)
    if any(row.shown != row.text for row in rows):
        found += [
            (row.shown, row.text.removeprefix(row.shown).strip())
            for row in rows
            if row.shown != row.text
        ]
    lines = ["anchor\tpositive"]
    lines += ["\t".join(" ".join(text.split()) for text in p) for p in found]
    files.write(args.output_file, "\n".join([*lines, ""]).encode())
    print(f"{args.output_file} holds {len(found):,} pairs.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    headlines_lib.add_arguments(parser)
    add = parser.add_argument
    add("--output_file", required=True, help="File to write; must not exist.")
    add(
        "--days", type=int, default=7, help="Days that a pair is apart at most."
    )
    return parser.parse_args()


def days(rows: list[headlines_lib.Headline]) -> np.ndarray:
    return np.array([row.date.toordinal() for row in rows])


def same_story(
    texts: list[str], day: np.ndarray, most_days: int
) -> list[tuple[str, str]]:
    """Each text with the most similar later one, if they share rare words.

    Args:
        texts: N texts in the order of their days.
        day: int [N].
        most_days: days that a pair is apart at most.
    """
    vectors = sklearn_text.TfidfVectorizer(
        stop_words="english", sublinear_tf=True
    ).fit_transform(texts)
    pairs = []
    for start in range(0, len(texts), _ROWS):
        stop = min(start + _ROWS, len(texts))
        end = np.searchsorted(day, day[stop - 1] + most_days, side="right")
        cosines = (vectors[start:stop] @ vectors[start:end].T).toarray()
        rows, columns = np.indices(cosines.shape, sparse=True)
        near = day[start:end][None] - day[start:stop][:, None] <= most_days
        allowed = near & (columns > rows) & (cosines < _MOST)
        best = np.where(allowed, cosines, 0)
        for row, other in enumerate(best.argmax(axis=1)):
            if best[row, other] >= _LEAST:
                pairs.append((texts[start + row], texts[start + other]))
    return pairs


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"Error: {error}")
