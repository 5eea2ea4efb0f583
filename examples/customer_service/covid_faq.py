r"""COVID-QA's FAQ in BEIR's layout, from its two files.

    python examples/customer_service/covid_faq.py faq_covidbert.csv \
        eval_question_similarity_en.csv covid_faq

Entries have their first question and answer; questions are those that people
judged to ask the same as an entry, in other words.
"""

import csv
import json
import os
import sys
from collections.abc import Iterable

from data_pipeline.io import files

_QUESTION, _ANSWER = "question", "answer"
_PAIR = ("question_1", "question_2", "similar")


def main(entries: str, rewordings: str, folder: str) -> None:
    try:
        found = convert(entries, rewordings, folder)
    except (ValueError, OSError) as error:
        sys.exit(f"Error: {error}")
    print("{} has {} entries and {} questions.".format(folder, *found))


def convert(entries: str, rewordings: str, folder: str) -> tuple[int, int]:
    """Writes the folder; returns the number of entries and of questions.

    Raises:
        ValueError: a file has other columns, or the folder exists.
    """
    if os.path.exists(folder):
        raise ValueError(
            f"The folder must not exist. Received: {folder}. Remove it, or "
            "name another one."
        )
    answers: dict[str, tuple[str, str]] = {}
    for question, answer in _rows(entries, (_QUESTION, _ANSWER)):
        if question and answer:
            answers.setdefault(question.lower(), (question, answer))
    ids = {question: f"f{n:03}" for n, question in enumerate(answers)}
    judged: dict[str, dict[str, None]] = {}
    for question, other, similar in _rows(rewordings, _PAIR):
        entry = ids.get(question.lower())
        if similar.startswith("1") and entry:
            judged.setdefault(other, {})[entry] = None
    corpus = [
        {"_id": ids[key], "title": question, "text": answer}
        for key, (question, answer) in answers.items()
    ]
    queries = [
        {"_id": f"q{n:03}", "text": text} for n, text in enumerate(judged)
    ]
    lines = ["query-id\tcorpus-id\tscore"] + [
        f"{query['_id']}\t{entry}\t1"
        for query in queries
        for entry in judged[query["text"]]
    ]
    files.make_folder(os.path.join(folder, "qrels"))
    _write(os.path.join(folder, "corpus.jsonl"), map(json.dumps, corpus))
    _write(os.path.join(folder, "queries.jsonl"), map(json.dumps, queries))
    _write(os.path.join(folder, "qrels", "test.tsv"), lines)
    return len(corpus), len(queries)


def _rows(path: str, columns: tuple[str, ...]) -> list[list[str]]:
    """The cells of columns, with single spaces."""
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if not {*columns} <= {*(reader.fieldnames or ())}:
            raise ValueError(
                f"{path} must have the columns {', '.join(columns)}. Received: "
                f"{', '.join(reader.fieldnames or ())[:80]}. Download it again."
            )
        return [
            [" ".join((row[name] or "").split()) for name in columns]
            for row in reader
        ]


def _write(path: str, lines: Iterable[str]) -> None:
    files.write(path, "".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("Usage: covid_faq.py ENTRIES.csv REWORDINGS.csv FOLDER")
    main(*sys.argv[1:])
