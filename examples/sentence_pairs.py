r"""Documents of two sentences that say nearly the same, to pretrain on.

    python examples/sentence_pairs.py --input_file=corpus/train.txt \
        --output_file=pairs.txt --pairs_file=pairs.tsv --num_sentences=90000

Small models that read little running text do not learn to look for a word of
one text in the other, which tasks on pairs and questions need
(docs/task_results.md). They do learn it where the other sentence has the masked
word. Half of each pair is a sentence, and the other half is the same sentence
with a quarter of its words left out and, every other time, its two parts
exchanged. The output is for --input_format=sentences.
"""

import argparse
import random
import sys

from data_pipeline.io import files

# Words of a sentence: shorter ones say little, and a row holds two.
_SHORTEST, _LONGEST = 6, 26
_LEFT_OUT = 0.25


def main() -> None:
    args = arguments()
    if files.exists(args.output_file):
        sys.exit(
            f"Error: --output_file must not exist. Received: {args.output_file}"
            ". Remove it, or name another file."
        )
    rng = random.Random(args.random_seed)
    with open(args.input_file, encoding="utf-8") as file:
        sentences = [
            line.strip()
            for line in file
            if _SHORTEST <= len(line.split()) <= _LONGEST
        ]
    rng.shuffle(sentences)
    del sentences[args.num_sentences :]
    pairs = [(sentence, noisy(sentence, rng)) for sentence in sentences]
    if args.pairs_file:
        pairs += 2 * read_pairs(args.pairs_file)
    rng.shuffle(pairs)
    documents = [
        "\n".join(pair if rng.random() < 0.5 else pair[::-1]) for pair in pairs
    ]
    files.write(args.output_file, "\n\n".join(documents).encode())
    print(f"{args.output_file} holds {len(pairs):,} pairs.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--input_file", required=True, help="One sentence per line.")
    add("--output_file", required=True, help="File to write; must not exist.")
    add(
        "--pairs_file",
        help="Further pairs, each written twice: two texts per line, separated "
        "by a tab.",
    )
    add(
        "--num_sentences",
        type=int,
        default=90_000,
        help="Number of sentences to draw at random.",
    )
    add(
        "--random_seed",
        type=int,
        default=12345,
        help="Seed for drawing sentences and pairs.",
    )
    return parser.parse_args()


def noisy(sentence: str, rng: random.Random) -> str:
    """A sentence without some of its words, perhaps in another order."""
    words = [word for word in sentence.split() if rng.random() >= _LEFT_OUT]
    if len(words) > 4 and rng.random() < 0.5:
        cut = rng.randrange(2, len(words) - 1)
        words = words[cut:] + words[:cut]
    return " ".join(words or sentence.split())


def read_pairs(path: str) -> list[tuple[str, str]]:
    """The two texts of each line."""
    pairs = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            texts = [text.strip() for text in line.split("\t")]
            if len(texts) != 2 or not all(texts):
                sys.exit(
                    f"Error: each line of {path} must be two texts separated "
                    f"by a tab. Received: {line[:80]!r} (line {number})."
                )
            pairs.append((texts[0], texts[1]))
    return pairs


if __name__ == "__main__":
    main()
