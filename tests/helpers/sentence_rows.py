"""Sentences of two kinds, and tables of them."""

import random

KINDS = {
    "animal": "cat dog horse".split(),
    "person": "teacher king farmer merchant captain".split(),
}


def sentences(seed, count):
    """Rows of a text and the kind of what it is about."""
    rng = random.Random(seed)
    for _ in range(count):
        kind = rng.choice(list(KINDS))
        verb = rng.choice("sees follows paints builds".split())
        yield f"The {rng.choice(KINDS[kind])} {verb} the road.", kind


def write(path, rows):
    text = "".join(f"{text}\t{label}\n" for text, label in rows)
    path.write_text("text\tlabel\n" + text)
