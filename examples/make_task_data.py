"""Writes small data sets for albert-tf finetune, one for each kind of task.

    python examples/make_task_data.py
    albert-tf finetune --flagfile=examples/tasks/classification.flags

The data is made of what Python and its packages bring along: English Wikipedia
(gensim), patients (scikit-learn), source code (Python).
All of it goes into runs/tasks/, with a vocabulary and a model's sizes.
"""

import bz2
import csv
import itertools
import json
import pathlib
import random
import re
import sys

import python_code
import sklearn.datasets

import albert_tf
from data_pipeline.tasks.scoring import scores

HOME = pathlib.Path("runs/tasks")
DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
VOCAB_SIZE = 3000
CONFIG = {
    "vocab_size": VOCAB_SIZE,
    "embedding_size": 64,
    "hidden_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 256,
    "max_position_embeddings": 192,
    "initializer_range": 0.05,
}

NUM_ARTICLES, NUM_CHOICES = 8, 4
LEVELS = ("very low", "low", "average", "high", "very high")


def main() -> None:
    sentences = wikipedia_sentences()
    write_classification(sentences)
    write_embedding(sentences)
    write_generation()
    write_multiple_choice()
    texts = [
        *(text for text, _ in sentences),
        *write_multilabel(),
        *write_regression(),
        *write_tagging(),
        *write_span(),
    ]
    write(HOME / "text.txt", "\n\n".join(texts) + "\n")
    write(HOME / "config.json", json.dumps(CONFIG, indent=2) + "\n")
    if not (HOME / "vocab/tokenizer.json").exists():
        print("Training a vocabulary", flush=True)
        albert_tf.train_vocabulary(
            albert_tf.VocabularyConfig(
                input_file=HOME / "text.txt",
                output_dir=HOME / "vocab",
                vocab_size=VOCAB_SIZE,
            )
        )


def wikipedia_sentences() -> list[tuple[str, str]]:
    """Sentences of the longest articles, each with its article's title."""
    try:
        from gensim.corpora import wikicorpus
        from gensim.test import utils
    except ImportError:
        sys.exit(
            "Error: gensim must be installed, which provides the articles. "
            "Received: no gensim in this environment. Install it: pip install "
            "'albert_tf[demo]'."
        )
    with bz2.open(utils.datapath(DUMP)) as file:
        articles = {
            title: wikicorpus.filter_wiki(text)
            for title, text, _ in wikicorpus.extract_pages(file, ("0",))
        }
    longest = sorted(articles, key=lambda title: -len(articles[title]))
    found = []
    for title in sorted(longest[:NUM_ARTICLES]):
        text = re.sub(r"[\s'*=]+", " ", articles[title])
        sentences = re.split(r"(?<=[a-z][.]) (?=[A-Z])", text)
        found += [(s, title) for s in sentences if 60 <= len(s) <= 300]
    return found


def write_classification(sentences: list[tuple[str, str]]) -> None:
    """Which article is a sentence from? .tsv"""
    rows = [{"text": text, "label": title} for text, title in sentences]
    write_parts("classification", "tsv", rows)


def write_embedding(sentences: list[tuple[str, str]]) -> None:
    """Which sentence follows another in its article? .csv"""
    pairs = [
        {"text": one, "following": other}
        for (one, title), (other, same) in itertools.pairwise(sentences)
        if title == same
    ]
    write_parts("embedding", "csv", pairs)


def write_generation() -> None:
    """The import that a statement needs, if its modules are hidden. .jsonl"""
    rows = [
        {"text": code, "target": f"import {', '.join(sorted(modules))}"}
        for code, modules in python_code.hidden_modules()
        if modules
    ]
    write_parts("generation", "jsonl", rows)


def write_multilabel() -> list[str]:
    """Which modules does a statement use, if their names are hidden? .jsonl"""
    rows = [
        {"text": code, "label": modules}
        for code, modules in python_code.hidden_modules()
    ]
    write_parts("multilabel", "jsonl", rows)
    return [row["text"] for row in rows]


def write_regression() -> list[str]:
    """How much worse is diabetes after a year? Pairs of texts, .csv"""
    data = sklearn.datasets.load_diabetes(scaled=False)
    names = ("age", "sex", "weight", "blood pressure")
    names += ("cholesterol", "ldl", "hdl", "ratio", "triglycerides", "sugar")
    ranks = data.data.argsort(axis=0).argsort(axis=0)
    rows = []
    for row, target in zip(ranks, data.target, strict=True):
        words = [
            f"{name} {LEVELS[rank * len(LEVELS) // len(ranks)]}"
            for name, rank in zip(names, row, strict=True)
        ]
        rows.append(
            {
                "patient": ", ".join(words[:4]),
                "blood": ", ".join(words[4:]),
                "progression": f"{target / 100:.2f}",
            }
        )
    write_parts("regression", "csv", rows)
    return [f"{row['patient']} {row['blood']}" for row in rows]


def write_multiple_choice() -> None:
    """Which of four modules does a statement use? .csv"""
    rng = random.Random(1)
    rows = []
    for code, modules in python_code.hidden_modules():
        if len(modules) > 1:
            continue
        others = [name for name in python_code.HIDDEN if name not in modules]
        choices = [*modules, *rng.sample(others, NUM_CHOICES - 1)]
        rng.shuffle(choices)
        label = "ABCD"[choices.index(*modules)]
        columns = dict(zip("ABCD", choices, strict=True))
        rows.append({"code": code, **columns, "label": label})
    write_parts("multiple_choice", "csv", rows)


def write_tagging() -> list[str]:
    """What is called, defined, imported and raised in code? CoNLL"""
    texts = []
    for part, modules in python_code.MODULES.items():
        lines = python_code.tagged_lines(modules)
        texts += [" ".join(word for word, _ in line) for line in lines]
        text = "\n".join(
            "".join(f"{word}\t{tag}\n" for word, tag in line) for line in lines
        )
        write(HOME / "tagging" / f"{part}.conll", text)
    tags = [tag for line in lines for _, tag in line]
    say("tagging", len(lines), f"accuracy {share_of_majority(tags):.3f}, f1 0")
    return texts


def write_span() -> list[str]:
    """What does a function return, raise and test? .json in SQuAD's form"""
    texts = []
    for part, modules in python_code.MODULES.items():
        paragraphs = python_code.questions(modules)
        texts += [re.sub(r"\s+", " ", p["context"]) for p in paragraphs]
        content = {"data": [{"title": part, "paragraphs": paragraphs}]}
        path = HOME / "span" / f"{part}.json"
        write(path, json.dumps(content, indent=1) + "\n")
    silent = [q["is_impossible"] for p in paragraphs for q in p["qas"]]
    share = 100 * sum(silent) / len(silent)
    say("span", len(silent), f"f1 {share:.1f} by never answering")
    return texts


def write_parts(kind: str, ending: str, rows: list[dict]) -> None:
    """A fifth of the rows is for evaluation."""
    random.Random(0).shuffle(rows)
    count = len(rows) // 5
    for part, own in (("train", rows[count:]), ("dev", rows[:count])):
        path = HOME / kind / f"{part}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if ending == "jsonl":
            write(path, "".join(json.dumps(row) + "\n" for row in own))
            continue
        with open(path, "w", newline="") as file:
            style = "excel-tab" if ending == "tsv" else "excel"
            # Quotes are characters as others in .tsv.
            table = csv.writer(
                file,
                style,
                quoting=csv.QUOTE_NONE if ending == "tsv" else 0,
                quotechar=None if ending == "tsv" else '"',
            )
            table.writerow(own[0])
            table.writerows(row.values() for row in own)
    say(kind, count, baseline(kind, rows[count:], rows[:count]))


def baseline(kind: str, train: list[dict], dev: list[dict]) -> str:
    """What is reached without reading."""
    if kind == "regression":
        return "correlations 0"
    if kind == "embedding":
        ranks = [1 / rank for rank in range(1, 11)]
        return f"mrr@10 {sum(ranks) / len(dev):.3f}"
    if kind == "generation":
        usual = scores.majority([row["target"] for row in train])
        same = [row["target"] == usual for row in dev]
        return f"{sum(same) / len(same):.3f} are {usual!r}"
    gold = [row["label"] for row in dev]
    if kind != "multilabel":
        return f"accuracy {share_of_majority(gold):.3f}"
    names = sorted({name for labels in gold for name in labels})
    value = max(
        scores.multilabel(gold, [[name]] * len(gold), names)["micro_f1"]
        for name in names
    )
    return f"micro_f1 {value:.3f}"


def share_of_majority(gold: list) -> float:
    always = [scores.majority(gold)] * len(gold)
    return scores.accuracy(gold, always)["accuracy"]


def say(kind: str, count: int, baseline: str) -> None:
    print(f"{kind}: {count:,} to evaluate; without reading {baseline}")


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    main()
