r"""How often recommendations are of the category that a reader reads.

    python examples/recommendation/measure.py --items_file=articles.jsonl \
        --title_column=headline --text_column=short_description --model=run \
        --category_column=category --date_column=date

There are no real readers in such a file, so this is a proxy: an artificial
reader reads the next articles of one category (or of two, in turn) from some
day on. The candidates are the articles of the following days, and those of the
same categories count as right. Real readers follow stories and people, not only
categories, and a good category may hold boring articles; measure clicks before
you rely on this.
"""

import argparse
import datetime
import sys
from collections.abc import Sequence
from typing import NamedTuple

import catalog as catalog_lib
import matching
import numpy as np

_READ, _COUNT, _RESAMPLES = 10, 10, 1000
# Days after the last article that was read, for candidates.
_DAYS = 14
# Categories with fewer articles have no readers.
_LEAST = 60
# Profiles, articles of the history that count, diversity, weight of words.
_MEAN, _NEAREST = matching.MEAN, matching.NEAREST
_SETTINGS = (
    *((_MEAN, last, 0.0, 0.0) for last in (1, 3, 10)),
    *((_NEAREST, last, 0.0, 0.0) for last in (3, 10)),
    *((_MEAN, 10, 0.0, words) for words in (0.3, 0.5, 0.7, 1.0)),
    *((_NEAREST, 10, 0.0, words) for words in (0.5, 1.0)),
    *((_MEAN, 10, diversity, 0.5) for diversity in (0.1, 0.3)),
)


class Reader(NamedTuple):
    """An artificial reader.

    Attributes:
        history: numbers of the articles read, in order.
        allowed: bool [N], the candidates.
        right: bool [N], articles of the reader's categories.
    """

    history: list[int]
    allowed: np.ndarray
    right: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    catalog_lib.add_arguments(parser)
    add = parser.add_argument
    add("--category_column", default="category", help="Column of categories.")
    add("--date_column", default="date", help="Column of dates, YYYY-MM-DD.")
    add("--num_readers", type=int, default=150, help="Readers of each kind.")
    add("--random_seed", type=int, default=12345, help="Seed for readers.")
    args = parser.parse_args()
    catalog = catalog_lib.read(args)
    days = np.array(
        [
            datetime.date.fromisoformat(str(row[args.date_column])[:10])
            for row in catalog.metadata
        ],
        "datetime64[D]",
    )
    categories = np.array(
        [str(row[args.category_column]) for row in catalog.metadata]
    )
    for interests in (1, 2):
        rng = np.random.default_rng(args.random_seed)
        made = readers(days, categories, interests, args.num_readers, rng)
        by_chance = np.mean([r.right[r.allowed].mean() for r in made])
        print(f"Readers of {interests} categories; by chance {by_chance:.3f}")
        print("profile  last  diversity  words  precision@10, interval  alike")
        for setting in _SETTINGS:
            values, alike = measured(catalog, made, *setting)
            profile, last, diversity, words = setting
            print(
                f"{profile:<7}  {last:>4}  {diversity:>9}  {words:>5}  "
                f"{interval(values, rng):<22}  {alike:>5.2f}",
                flush=True,
            )


def readers(
    days: np.ndarray,
    categories: np.ndarray,
    interests: int,
    count: int,
    rng: np.random.Generator,
) -> list[Reader]:
    """Artificial readers, of each category equally often.

    Args:
        days, categories: of the N articles.
        interests: categories of a reader.
    """
    names, sizes = np.unique(categories, return_counts=True)
    names = names[sizes >= _LEAST]
    found: list[Reader] = []
    while len(found) < count:
        own = rng.choice(names, interests, replace=False)
        start = rng.choice(days)
        history: list[int] = []
        for name in own:
            rows = np.flatnonzero((categories == name) & (days >= start))
            rows = rows[np.argsort(days[rows], kind="stable")]
            history += rows[: _READ // interests].tolist()
        history.sort(key=lambda row: days[row])
        if len(history) < _READ:
            continue
        end = days[history[-1]]
        allowed = (days > end) & (days <= end + np.timedelta64(_DAYS, "D"))
        right = np.isin(categories, own)
        if (allowed & right).sum() >= _COUNT:
            found.append(Reader(history, allowed, right))
    return found


def measured(
    catalog: catalog_lib.Catalog,
    made: Sequence[Reader],
    profile: str,
    last: int,
    diversity: float,
    words: float,
) -> tuple[np.ndarray, float]:
    """The precision of each reader's list, and the mean cosine within lists."""
    precision, alike = [], []
    for reader in made:
        matches = matching.recommend(
            catalog,
            reader.history,
            count=_COUNT,
            profile=profile,
            last=last,
            diversity=diversity,
            words=words,
            allowed=reader.allowed,
        )
        items = [match.item for match in matches]
        precision.append(reader.right[items].mean())
        cosines = catalog.embeddings[items] @ catalog.embeddings[items].T
        alike.append(cosines[np.triu_indices(len(items), 1)].mean())
    return np.array(precision), float(np.mean(alike))


def interval(values: np.ndarray, rng: np.random.Generator) -> str:
    """The mean over readers, with a 95% bootstrap interval."""
    samples = rng.choice(values, (_RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(samples, [0.025, 0.975])
    return f"{values.mean():.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, KeyError) as error:
        sys.exit(f"Error: {error}")
