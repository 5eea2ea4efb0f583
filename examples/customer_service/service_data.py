"""The public data sets of the customer service, as rows to train on.

CLINC150 has texts of 150 intents and texts that belong to no intent, and a
folder in BEIR's layout has questions with their answers (an FAQ).
"""

import csv
import json
import os
import random
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

import service_passages

# (text, intent).
Texts = list[tuple[str, str]]


class Entry(NamedTuple):
    """An entry of an FAQ."""

    id: str
    question: str
    answer: str


_CLINC, _CORPUS = "data_full.json", "corpus.jsonl"
_QUERIES, _JUDGMENTS = "queries.jsonl", os.path.join("qrels", "test.tsv")
CLINC_PARTS = ("train", "val", "test", "oos_train", "oos_val", "oos_test")
_COLUMNS = ["query-id", "corpus-id", "score"]
# Pairs of an epoch. Entries of the FAQ occur often, since they must be told
# from each other; a part of the texts with intents is enough to reject them.
_FAQ_COPIES, _MOST_INTENTS = 12, 3000
_LEFT_OUT = 0.25


def read_clinc(folder: str) -> dict[str, Texts]:
    """CLINC150: the texts and intents of each of CLINC_PARTS.

    Raises:
        FileNotFoundError: the folder does not have the file.
        ValueError: the file is not in CLINC150's layout.
    """
    path = _found(folder, _CLINC, "--clinc")
    parts = _json(path)
    if not isinstance(parts, dict) or not all(
        _is_texts(parts.get(name)) for name in CLINC_PARTS
    ):
        raise ValueError(
            f"{path} must have lists of [text, intent] under "
            f"{', '.join(CLINC_PARTS)}. Received: another layout. Download "
            "data_full.json of CLINC150 again."
        )
    return {
        name: [(text, intent) for text, intent in parts[name]]
        for name in CLINC_PARTS
    }


def read_faq(folder: str) -> list[Entry]:
    """The entries of an FAQ in BEIR's layout.

    Raises:
        FileNotFoundError: the folder has no corpus.
        ValueError: an entry has no question or no answer.
    """
    path = _found(folder, _CORPUS, "--faq")
    found = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            values = _parsed(line, f"{path}, line {number}")
            names = ("_id", "title", "text")
            entry = Entry(*(str(values.get(name, "")) for name in names))
            if not all(part.strip() for part in entry):
                raise ValueError(
                    "Each entry of the FAQ must have an _id, a title, which is "
                    "its question, and a text, its answer. Received: "
                    f"{line[:60].strip()!r} ({path}, line {number}). Remove "
                    "it, or fill it in."
                )
            found.append(entry)
    return found


def read_questions(folder: str) -> list[tuple[str, frozenset[str]]]:
    """The questions that test an FAQ, in order, each with the ids of the
    entries that answer it.

    Raises:
        FileNotFoundError: the folder has no questions or no judgments.
        ValueError: they do not belong together.
    """
    path = _found(folder, _QUERIES, "--faq")
    with open(path, encoding="utf-8") as file:
        entries = [_parsed(line, path) for line in file]
    answers: dict[str, set[str]] = {}
    with open(_found(folder, _JUDGMENTS, "--faq"), encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t")
        if next(rows, None) != _COLUMNS:
            raise ValueError(
                f"{file.name} must have the columns {', '.join(_COLUMNS)}. "
                "Received: others. Download it again."
            )
        for query, entry, score in rows:
            if float(score) > 0:
                answers.setdefault(query, set()).add(entry)
    found = [
        (str(entry["text"]), frozenset(answers[str(entry["_id"])]))
        for entry in entries
        if str(entry.get("_id")) in answers and entry.get("text")
    ]
    if len(found) < 2:
        raise ValueError(
            f"{path} must have two questions at least with judgments in "
            f"{_JUDGMENTS}. Received: {len(found)}. Download both again."
        )
    return found


def meanings(
    clinc: dict[str, Texts],
    faq: list[Entry],
    answered: Texts,
    seed: int = 0,
) -> list[dict[str, str]]:
    """Pairs of texts that mean the same, to train an embedding model.

    They are questions of the FAQ with words left out, and sentences of their
    answers, each with the whole question; other questions with the sentence
    that answers them; and texts with the name of their intent in words.

    Equal positives in a batch do not count as negatives of each other, so the
    question, and the name of an intent, stand for all texts that mean it.

    Args:
        clinc: CLINC150.
        faq: the entries.
        answered: other questions, each with the sentence that answers it.
        seed: for what is drawn at random.
    """
    rng = random.Random(seed)
    texts = rng.sample(clinc["train"], min(_MOST_INTENTS, len(clinc["train"])))
    pairs = [(text, in_words(intent)) for text, intent in texts] + answered
    for entry in faq * _FAQ_COPIES:
        _, sentence = rng.choice(service_passages.sentences(entry.answer))
        for text in (_shortened(entry.question, rng), sentence):
            pairs.append((text, entry.question))
    rng.shuffle(pairs)
    return [{"text": text, "positive": positive} for text, positive in pairs]


def _shortened(text: str, rng: random.Random) -> str:
    """A text without some of its words."""
    words = [word for word in text.split() if rng.random() >= _LEFT_OUT]
    return " ".join(words) or text


def in_words(intent: str) -> str:
    """The name of an intent as a text: "pay bill" for pay_bill."""
    return intent.replace("_", " ")


def rows(texts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Texts and their intents as rows of a classification."""
    return [{"text": text, "label": intent} for text, intent in texts]


def _found(folder: str, name: str, flag: str) -> str:
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"{flag} must be a folder with {name}. Received: {folder}, which "
            "does not have it. The README says where to download it."
        )
    return path


def _json(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        try:
            return json.load(file)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{path} must be complete JSON. Received: {error}. Download "
                "it again."
            ) from None


def _parsed(line: str, place: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise ValueError(
            "Each line of the FAQ must be a JSON object. Received: "
            f"{line[:60].strip()!r} ({place}). Download it again."
        )
    return entry


def _is_texts(found: Any) -> bool:
    return isinstance(found, list) and all(
        isinstance(each, list)
        and len(each) == 2
        and all(isinstance(part, str) for part in each)
        for each in found
    )
