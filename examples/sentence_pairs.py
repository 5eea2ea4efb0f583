r"""Documents of two sentences that say nearly the same, to pretrain on.

    python examples/sentence_pairs.py --input_file=corpus/train.txt \
        --output_file=pairs.txt --pairs_file=pairs.tsv --num_sentences=90000

Small models that read little running text do not learn to look for a word of
one text in the other, which pairs and questions need (docs/task_results.md). Of
a masked word they learn it where the other sentence has it: half of a pair is a
sentence, half is itself with a quarter of its words left out and, every other
time, its two parts exchanged. The output is for --input_format=sentences.
"""

import random

from absl import flags

from data_pipeline.commands import command_line
from data_pipeline.io import files
from data_pipeline.io import outputs

_INPUT_FILE = flags.DEFINE_string(
    "input_file", None, "Text file with one sentence per line.", required=True
)
_PAIRS_FILE = flags.DEFINE_string(
    "pairs_file",
    None,
    "File of further pairs, each written twice: two texts per line, separated "
    "by a tab.",
)
_OUTPUT_FILE = flags.DEFINE_string(
    "output_file", None, "File to write; must not exist.", required=True
)
_NUM_SENTENCES = flags.DEFINE_integer(
    "num_sentences",
    90_000,
    "Number of sentences to draw at random.",
    lower_bound=1,
)
_SEED = flags.DEFINE_integer(
    "random_seed", 12345, "Seed for drawing sentences and pairs."
)

# Words of a sentence: shorter ones say little, and a row holds two.
_SHORTEST, _LONGEST = 6, 26
_LEFT_OUT = 0.25


def main(argv: list[str]) -> None:
    command_line.no_arguments(argv)
    outputs.refuse_to_overwrite(_OUTPUT_FILE.value)
    rng = random.Random(_SEED.value)
    with open(_INPUT_FILE.value, encoding="utf-8") as file:
        sentences = [
            line.strip()
            for line in file
            if _SHORTEST <= len(line.split()) <= _LONGEST
        ]
    rng.shuffle(sentences)
    del sentences[_NUM_SENTENCES.value :]
    pairs = [(sentence, noisy(sentence, rng)) for sentence in sentences]
    if _PAIRS_FILE.value:
        with open(_PAIRS_FILE.value, encoding="utf-8") as file:
            pairs += 2 * [_pair(line, n) for n, line in enumerate(file, 1)]
    rng.shuffle(pairs)
    documents = [
        "\n".join(pair if rng.random() < 0.5 else pair[::-1]) for pair in pairs
    ]
    files.write(_OUTPUT_FILE.value, "\n\n".join(documents).encode())
    print(f"{_OUTPUT_FILE.value} holds {len(pairs):,} pairs.")


def noisy(sentence: str, rng: random.Random) -> str:
    """A sentence without some of its words, perhaps in another order."""
    words = [word for word in sentence.split() if rng.random() >= _LEFT_OUT]
    if len(words) > 4 and rng.random() < 0.5:
        cut = rng.randrange(2, len(words) - 1)
        words = words[cut:] + words[:cut]
    return " ".join(words or sentence.split())


def _pair(line: str, number: int) -> tuple[str, str]:
    texts = [text.strip() for text in line.split("\t")]
    if len(texts) != 2 or not all(texts):
        raise ValueError(
            f"Each line of {_PAIRS_FILE.value} must be two texts separated by "
            f"a tab. Received: {line[:80]!r} (line {number})."
        )
    return texts[0], texts[1]


if __name__ == "__main__":
    command_line.run(main)
