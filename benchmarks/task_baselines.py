r"""Scores a task without a model: by majority, and by bags of words.

    python -m benchmarks.task_baselines --task_name=sst-2 --data_dir=glue

prints the task's own metrics, as JSON, of
    majority: the commonest label, the mean, "O", or no answer;
    bag_of_words: texts: a linear model on words and pairs of words, of pairs
        with the words of each side and those they share. Tags: the commonest
        of each word. Spans: the sentence that shares most words with the
        question. Choices: the one that shares most words with the context.
"""

import collections
import json
import re

import numpy as np
import sklearn.feature_extraction.text as sklearn_text
import sklearn.linear_model

from data_pipeline.commands import command_line
from data_pipeline.commands import config_flags
from data_pipeline.tasks import kinds
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.kinds import learned_labels
from data_pipeline.tasks.scoring import scores
from data_pipeline.tasks.spans import span_answers


def main(argv: list[str]) -> None:
    config = config_flags.read(task_config.DataConfig, argv)
    for task in from_config.tasks(config):
        source = from_config.source(config, task)
        train = split_files.read(task, "train", source, labelled=True)
        labels = learned_labels.of(task, train.examples, train.classes)
        examples = [e for e in train.examples if e is not None]
        for name in ("dev",) if "dev" in source.files else task.evaluation:
            split = split_files.read(task, name, source, labelled=True)
            for guess in (majority, bag_of_words):
                predicted = guess(task, examples, split.examples)
                # What is above the threshold has no answer.
                found = kinds.of(task).score(
                    task, split, predicted, labels, 0.0
                )
                row = {"task": task.name, "part": name, **found}
                print(json.dumps({"baseline": guess.__name__, **row}))


def majority(task, train, examples):
    if task.kind == "span":
        null = 1.0 if task.unanswerable else -1.0
        return [_answer(example, 0, 0, null) for example in examples]
    if task.kind == "tagging":
        tags = [tag for example in train for tag in example.tags]
        common = scores.majority(tags)
        return [e and [common] * len(e.words) for e in examples]
    gold = [example.label for example in train]
    if task.kind == "regression":
        return [float(np.mean(gold))] * len(examples)
    return [scores.majority(gold)] * len(examples)


def bag_of_words(task, train, examples):
    if task.kind == "span":
        return [_sentence(example) for example in examples]
    if task.kind == "multiple_choice":
        return [e and _most_in_common(e.context, e.choices) for e in examples]
    if task.kind == "tagging":
        return _commonest_tags(train, examples)
    features = sklearn_text.TfidfVectorizer(
        analyzer=_features, min_df=2, sublinear_tf=True
    )
    known = features.fit_transform(example.texts for example in train)
    gold = [example.label for example in train]
    if task.kind == "regression":
        model = sklearn.linear_model.Ridge().fit(known, gold)
    else:
        model = sklearn.linear_model.LogisticRegression(C=10, max_iter=1000)
        model.fit(known, gold)
    found = model.predict(features.transform(e.texts for e in examples))
    return found.tolist()


def _words(text):
    return re.findall(r"\w+", text.lower())


def _features(texts):
    """Words and pairs of words by side, and the words of both sides."""
    found = []
    for side, text in enumerate(texts):
        words = _words(text)
        found += [f"{side} {word}" for word in words]
        found += [
            f"{side} {a} {b}" for a, b in zip(words, words[1:], strict=False)
        ]
    if len(texts) == 2:
        first, second = (set(_words(text)) for text in texts)
        found += [f"both {word}" for word in first & second]
        found += [f"one {word}" for word in first ^ second]
    return found


def _most_in_common(text, others):
    words = set(_words(text))
    shared = [
        len(words & set(_words(other))) / max(len(set(_words(other))), 1)
        for other in others
    ]
    return int(np.argmax(shared))


def _sentence(example):
    spans = [m.span() for m in re.finditer(r"[^.!?]+[.!?]?", example.context)]
    question = set(_words(example.question))
    shared = [
        len(question & set(_words(example.context[start:end])))
        for start, end in spans
    ]
    return _answer(example, *spans[int(np.argmax(shared))], -1.0)


def _answer(example, start, end, null):
    candidate = span_answers.Candidate(
        example.context[start:end], start, end, 1.0, 0.0
    )
    return span_answers.Prediction((candidate,), null)


def _commonest_tags(train, examples):
    counts = collections.defaultdict(collections.Counter)
    for example in train:
        for word, tag in zip(example.words, example.tags, strict=True):
            counts[word][tag] += 1
    best = {word: c.most_common(1)[0][0] for word, c in counts.items()}
    return [e and [best.get(word, "O") for word in e.words] for e in examples]


if __name__ == "__main__":
    config_flags.define(task_config.DataConfig)
    command_line.run(main)
