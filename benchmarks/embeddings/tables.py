"""Embedders by name, and tables of what they score."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from benchmarks.embeddings import baselines


def makers(names: Iterable[str]) -> dict[str, baselines.Maker]:
    """For each model a function that gives it, whatever the texts are."""
    import albert_tf

    found: dict[str, baselines.Maker] = {}
    for name in names:
        embedder = albert_tf.embedder(name)
        found[name] = lambda texts, embedder=embedder: embedder
    return found


def markdown(
    corner: str, head: Sequence[str], rows: Mapping[str, Sequence]
) -> str:
    """A table: numbers with three decimals, pairs of them as low to high."""
    lines = [[corner, *map(str, head)], ["---"] * (1 + len(head))]
    lines += [[name, *map(_cell, row)] for name, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value) -> str:
    if isinstance(value, tuple):
        return " to ".join(f"{x:.3f}" for x in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
