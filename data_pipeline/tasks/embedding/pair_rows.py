"""Reads texts, pairs, triplets and scored pairs from files."""

import dataclasses
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

from data_pipeline.tasks import example_types
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import given_text_config
from data_pipeline.tasks import row_problems
from data_pipeline.tasks import table
from data_pipeline.tasks.embedding import judged_pairs
from data_pipeline.tasks.embedding import layouts
from data_pipeline.tasks.readers import cells
from data_pipeline.tasks.readers import example_rows
from data_pipeline.tasks.readers import label_columns


def inputs(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The columns of texts: an anchor, its positive, its negatives."""
    return columns.text, columns.text_pair, *columns.negatives


def targets(columns: file_columns.Columns) -> tuple[str | None, ...]:
    """The column of scores, if there is one."""
    return (columns.score,) if columns.score else ()


def check_columns(columns: file_columns.Columns) -> None:
    """Raises ValueError if the columns do not fit each other."""
    if columns.layout is not None and columns.layout not in layouts.LAYOUTS:
        raise ValueError(
            "--layout must be one of "
            f"{', '.join(layouts.LAYOUTS)}. Received: {columns.layout!r}."
        )
    if columns.negatives and not columns.text_pair:
        raise ValueError(
            "--negative_columns must be used with --text_pair_column, the "
            "column of positives. Received: "
            f"{', '.join(columns.negatives)}, and no --text_pair_column."
        )
    if columns.score and columns.negatives:
        raise ValueError(
            "Pairs must have a score or negatives, not both. Received: "
            f"--score_column={columns.score} and --negative_columns="
            f"{','.join(columns.negatives)}. Leave one out."
        )
    if columns.score and not columns.text_pair:
        raise ValueError(
            "--score_column must be used with --text_pair_column, since a "
            "score is that of a pair. Received: "
            f"--score_column={columns.score}, and no --text_pair_column."
        )


def read(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    ids: example_rows.Ids,
) -> list[example_types.EmbeddingExample | None]:
    """Reads a file; arguments and result are those of `custom.read`.

    Raises:
        ValueError: a row is malformed, or SNLI's rows have no triplet.
    """
    columns = layouts.resolved(path, columns)
    if columns.layout in (layouts.SNLI, layouts.BEIR):
        return _made(path, problems, columns, ids)
    names = [name for name in inputs(columns) if name is not None]
    scores = targets(columns) if columns.labelled else ()
    used = [columns.id, *names, *scores]
    is_sts = columns.layout == layouts.STS

    def example(
        row: cells.Row, name: str, place: str
    ) -> example_types.EmbeddingExample:
        del place
        texts = tuple(cells.text(row, column) for column in names)
        score = None
        if columns.labelled and columns.score:
            score = cells.number(row, columns.score)
        return example_types.EmbeddingExample(name, texts, score)

    rows: example_rows.Rows = example_rows.rows(
        path, problems, columns, tuple(filter(None, used))
    )
    if is_sts and columns.labelled:
        # SemEval left some pairs of its files without a score on purpose.
        rows = (
            pair
            for pair in rows
            if pair[1] is None or pair[1].get(columns.score or "") != ""
        )
    return with_prompts(
        example_rows.read(path, problems, columns, rows, example, ids),
        columns.query_prompt,
        columns.document_prompt,
    )


def _made(
    path: str,
    problems: row_problems.Problems,
    columns: file_columns.Columns,
    ids: example_rows.Ids,
) -> list[example_types.EmbeddingExample | None]:
    """Triplets from SNLI's rows, or pairs from BEIR's judgments."""
    assert columns.text_pair is not None
    names = (columns.text, columns.text_pair, columns.label)
    is_snli = columns.layout == layouts.SNLI
    read_text = cells.text if is_snli else cells.name
    read_label: Callable[..., Any] = cells.string if is_snli else cells.number

    kept: list[tuple[str, str, Any]] = []

    def keep(row: cells.Row, name: str, place: str) -> Any:
        del name, place
        first, second = (read_text(row, column) for column in names[:2])
        kept.append((first, second, read_label(row, names[2])))
        return kept[-1]

    rows = example_rows.rows(path, problems, columns, names)
    example_rows.read(path, problems, columns, rows, keep, [])
    made: Sequence[tuple[str, ...]] = (
        layouts.triplets(kept) if is_snli else judged_pairs.pairs(path, kept)
    )
    if not made:
        raise ValueError(
            "A file must have an entailment and a contradiction of a premise "
            "(SNLI), or a judgment above 0 (BEIR). Received: "
            f"{path}, which has none. Use another file, or --layout=columns "
            "and name the columns."
        )
    ids.extend(str(number) for number in range(len(made)))
    examples = [
        example_types.EmbeddingExample(str(number), texts)
        for number, texts in enumerate(made)
    ]
    return with_prompts(examples, columns.query_prompt, columns.document_prompt)


def has_labels(
    task: table.Task, path: str, columns: file_columns.Columns | None
) -> bool:
    """Whether a file has scores."""
    del task
    if columns is None:
        return False
    columns = layouts.resolved(path, columns)
    found = targets(columns)
    first = label_columns.first_row(path, columns)
    return bool(found) and set(found) <= set(first)


def given(row: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """As `Kind.given`: a pair of texts, whose cosine is predicted."""
    del row
    return ("text", "text_b"), ("text", "text_b")


def given_examples(
    config: given_text_config.GivenTextConfig,
) -> list[example_types.Example]:
    """The pairs of texts in a config."""
    pairs = given_text_config.matched(
        "text", config.text or (), "text_b", config.text_b or ()
    )
    examples = [
        example_types.EmbeddingExample(str(number), pair)
        for number, pair in enumerate(pairs)
    ]
    # A command that predicts also has the prompts of the model's training.
    return with_prompts(
        examples,
        getattr(config, "query_prompt", ""),
        getattr(config, "document_prompt", ""),
    )


GRADED, TRIPLETS, PAIRS, TEXTS = "graded", "triplets", "pairs", "texts"


def form_of(examples: Sequence[Any]) -> str:
    """What the examples of a split are: graded pairs, triplets (with any
    number of negatives), pairs, or single texts.

    Raises:
        ValueError: examples have different numbers of texts.
    """
    known = [example for example in examples if example is not None]
    counts = {len(example.texts) for example in known}
    if len(counts) > 1:
        raise ValueError(
            "All examples of a file must have the same number of texts. "
            f"Received: {', '.join(map(str, sorted(counts)))}."
        )
    if known and known[0].label is not None:
        return GRADED
    count = counts.pop() if counts else 1
    return {1: TEXTS, 2: PAIRS}.get(count, TRIPLETS)


def with_prompts(
    examples: Sequence[Any], query: str, document: str
) -> list[Any]:
    """Puts a prompt before anchors, and another before the other texts."""
    if not query and not document:
        return list(examples)
    return [
        example
        and dataclasses.replace(
            example,
            texts=(
                query + example.texts[0],
                *(document + text for text in example.texts[1:]),
            ),
        )
        for example in examples
    ]
