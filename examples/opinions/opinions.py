r"""Finds what texts have an opinion on, and which.

    python examples/opinions/opinions.py runs/opinions --text="The decor is \
        nothing special, but the food makes up for it."

The folder is that of train.py. Each line is an aspect term, its polarity, and
the probability of both.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

import opinion_data

import albert_tf

# Folders of the two models.
TERMS, POLARITIES = "terms", "polarities"


class Opinion(NamedTuple):
    """An aspect and how sure the models are.

    Attributes:
        aspect: the term's place, and its polarity.
        probability: that the term is an aspect, times that of its polarity.
    """

    aspect: opinion_data.Aspect
    probability: float


def find(folder: str, texts: Sequence[str]) -> list[list[Opinion]]:
    """The opinions in each text, by the models in a folder of train.py."""
    tagged = albert_tf.predictor(os.path.join(folder, TERMS))(list(texts))
    places = [
        (number, start, end, probability)
        for number, own in enumerate(tagged)
        for start, end, probability in zip(
            own["starts"], own["ends"], own["probabilities"], strict=True
        )
        if start >= 0
    ]
    pairs = [(texts[n], texts[n][start:end]) for n, start, end, _ in places]
    answers = polarities(folder, pairs)
    found: list[list[Opinion]] = [[] for _ in texts]
    for (number, start, end, share), (polarity, sure) in zip(
        places, answers, strict=True
    ):
        aspect = opinion_data.Aspect(start, end, polarity)
        found[number].append(Opinion(aspect, share * sure))
    return found


def polarities(
    folder: str, pairs: Sequence[tuple[str, str]]
) -> list[tuple[str, float]]:
    """The polarity of each pair of a text and a term, and its probability."""
    if not pairs:
        return []
    predictor = albert_tf.predictor(os.path.join(folder, POLARITIES))
    return [
        (answer["label"], max(answer["probabilities"]))
        for answer in predictor(list(pairs))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", help="Folder that train.py wrote.")
    parser.add_argument("--text", action="append", required=True, help="Text.")
    args = parser.parse_args()
    for text, own in zip(args.text, find(args.folder, args.text), strict=True):
        print(text)
        for (start, end, polarity), probability in own:
            print(f"  {probability:.2f}  {polarity:8}  {text[start:end]}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"Error: {error}")
