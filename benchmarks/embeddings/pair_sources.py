"""Pairs of texts that mean the same or belong together, from the training files
of public sets.

Each function takes files in the layout in which the set is given out, and
yields (anchor, positive) or (anchor, positive, hard negative).
"""

import collections
import csv
import itertools
import json
import re
from collections.abc import Iterable
from collections.abc import Iterator

Texts = tuple[str, ...]


def nli(rows: Iterable[tuple[str, str, str]]) -> Iterator[Texts]:
    """Premises with what follows from them, and a contradiction if there is
    one; two texts that follow from the same premise.

    Args:
        rows: premise, hypothesis, label.
    """
    of_premise = collections.defaultdict(lambda: collections.defaultdict(list))
    for premise, hypothesis, label in rows:
        of_premise[premise][label].append(hypothesis)
    for premise, found in of_premise.items():
        entailed = found["entailment"]
        # Each contradiction goes with another text that follows.
        for positive, negative in itertools.zip_longest(
            entailed, found["contradiction"][: len(entailed)]
        ):
            if negative is None:
                yield premise, positive
            else:
                yield premise, positive, negative
        yield from itertools.pairwise(entailed)


def snli(path: str) -> Iterator[Texts]:
    return nli(
        (row["sentence1"], row["sentence2"], row["gold_label"])
        for row in _rows(path)
    )


def mnli_json(path: str) -> Iterator[Texts]:
    """An object of objects with text_a, text_b and label."""
    with open(path, encoding="utf-8") as file:
        rows = json.load(file).values()
    return nli((row["text_a"], row["text_b"], row["label"]) for row in rows)


def rte(path: str) -> Iterator[Texts]:
    return nli(
        (row["sentence1"], row["sentence2"], row["label"])
        for row in _rows(path)
    )


def translations(path: str) -> Iterator[Texts]:
    """Sentences that have a translation in common, from lines of sentence,
    translation and anything else."""
    of_translation = collections.defaultdict(list)
    with open(path, encoding="utf-8") as file:
        for line in file:
            fields = line.rstrip("\n").split("\t")
            if len(fields) > 1:
                of_translation[fields[1]].append(fields[0])
    for sentences in of_translation.values():
        yield from itertools.pairwise(dict.fromkeys(sentences))


def squad(path: str) -> Iterator[Texts]:
    """Questions with the sentence that holds their answer; questions that
    have the same answer at the same place."""
    with open(path, encoding="utf-8") as file:
        articles = json.load(file)["data"]
    for article in articles:
        for paragraph in article["paragraphs"]:
            of_answer = collections.defaultdict(list)
            for question in paragraph["qas"]:
                for answer in question["answers"][:1]:
                    place = answer["answer_start"]
                    sentence = _sentence_at(paragraph["context"], place)
                    yield question["question"], sentence
                    of_answer[place].append(question["question"])
            for questions in of_answer.values():
                yield from itertools.pairwise(questions)


def titled(path: str, title: str, text: str) -> Iterator[Texts]:
    """Titles with the first two sentences of their text, and those with the
    next two. A text may be a list of sentences.

    Args:
        path: JSON lines.
        title, text: names of their fields.
    """
    for row in _json_lines(path):
        found = row[text]
        parts = sentences(found) if isinstance(found, str) else found
        if len(parts) > 1 and _words(parts[0]) == _words(row[title]):
            parts = parts[1:]  # the title again
        if not parts:
            continue
        first, second = " ".join(parts[:2]), " ".join(parts[2:4])
        if row[title]:
            yield row[title], first
        if second:
            yield first, second


def summaries(path: str, text: str, summary: str) -> Iterator[Texts]:
    """Summaries with the beginnings of what they sum up."""
    for row in _json_lines(path):
        found, short = row[text], row[summary]
        found = found if isinstance(found, str) else " ".join(found)
        shorts = [short] if isinstance(short, str) else short
        for one in shorts:
            yield one, found[:600]
        yield from itertools.pairwise(shorts)


def headlines(path: str, least: float = 0.35) -> Iterator[Texts]:
    """Headlines of the same or the next day that are most alike by TF-IDF:
    mostly reports of the same event.

    Args:
        path: lines of date and headline, with a header line.
        least: the smallest cosine.
    """
    from sklearn.feature_extraction import text as sklearn_text

    rows = list(_rows(path))
    texts = [row["headline"] for row in rows]
    vectors = sklearn_text.TfidfVectorizer(
        token_pattern=r"\w+", sublinear_tf=True
    ).fit_transform(texts)
    days = {day: i for i, day in enumerate(sorted({r["date"] for r in rows}))}
    of_day = collections.defaultdict(list)
    for i, row in enumerate(rows):
        of_day[days[row["date"]]].append(i)
    for day, places in of_day.items():
        near = places + of_day.get(day + 1, [])
        cosines = (vectors[places] @ vectors[near].T).toarray()
        for i, row in zip(places, cosines, strict=True):
            for j, cosine in zip(near, row, strict=True):
                if i < j and least < cosine < 0.95:
                    yield texts[i], texts[j]


def same_label(rows: Iterable[tuple[str, str]]) -> Iterator[Texts]:
    """Texts of the same label, each with the next: text, label."""
    of_label = collections.defaultdict(list)
    for text, label in rows:
        of_label[label].append(text)
    for texts in of_label.values():
        yield from itertools.pairwise([*texts, texts[0]])


def sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+", text.strip()) if s]


def _sentence_at(text: str, place: int) -> str:
    for match in re.finditer(r".+?(?:[.!?](?=\s)|$)", text, re.DOTALL):
        if match.start() <= place < match.end():
            return match.group().strip()
    return text


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _rows(path: str) -> Iterator[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _json_lines(path: str) -> Iterator[dict]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
