"""Scores of prediction files, against independent libraries."""

import json
import random

import pytest
import scipy.stats
import seqeval.metrics
import sklearn.metrics

from data_pipeline.config import known_of
from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.configs import metrics_config
from data_pipeline.tasks.results import file_metrics


def write(path, rows):
    lines = ["\t".join(map(str, row)) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def source(path, **others):
    return splits.DataSource(files={"dev": str(path)}, **others)


def predictions(tmp_path, rows, header=("index", "prediction")):
    return write(tmp_path / "dev_predictions.tsv", [header, *rows])


@pytest.fixture
def cola(tmp_path):
    """A part of 60 rows, and its labels."""
    rng = random.Random(1)
    gold = [rng.choice("001") for _ in range(60)]
    rows = [
        ("gj04", label, "", f"Sentence {i}.") for i, label in enumerate(gold)
    ]
    return source(write(tmp_path / "dev.tsv", rows)), gold


def test_classification(tmp_path, cola):
    data, gold = cola
    rng = random.Random(2)
    found = [rng.choice([label, "1"]) for label in gold]
    rows = [(i, label, 0.5, 0.5) for i, label in enumerate(found)]
    rng.shuffle(rows)
    path = predictions(tmp_path, rows, ("index", "prediction", "0", "1"))
    values = file_metrics.evaluate(table.named("cola"), "dev", data, path)
    assert values == {
        "matthews": pytest.approx(
            sklearn.metrics.matthews_corrcoef(gold, found)
        ),
        "accuracy": pytest.approx(sklearn.metrics.accuracy_score(gold, found)),
        "predicted_classes": 2,
        "missing": 0,
    }


def test_missing_predictions_are_wrong(tmp_path, cola):
    data, gold = cola
    path = predictions(tmp_path, list(enumerate(gold))[:45])
    values = file_metrics.evaluate(table.named("cola"), "dev", data, path)
    assert values["missing"] == 15
    assert values["accuracy"] == pytest.approx(45 / 60)
    wrong = gold[:45] + [str(1 - int(label)) for label in gold[45:]]
    assert values["matthews"] == pytest.approx(
        sklearn.metrics.matthews_corrcoef(gold, wrong)
    )


@pytest.mark.parametrize(
    "rows, message",
    [
        (
            [("0", "1"), ("60", "1")],
            r"line 3: Each index must be one in .*'60'",
        ),
        ([("0", "1"), ("0", "1")], "line 3: Each index must be unique"),
        ([("0", "yes")], "line 2: A label must be one of '0', '1'.*'yes'"),
        ([("0",)], "line 2: A row must have 2 columns"),
    ],
)
def test_bad_rows_of_predictions(tmp_path, cola, rows, message):
    path = predictions(tmp_path, rows)
    message = message.replace(": *'", ".* Received: '")
    with pytest.raises(ValueError, match=message):
        file_metrics.evaluate(table.named("cola"), "dev", cola[0], path)


def test_bad_rows_can_be_left_out(tmp_path, cola):
    data, gold = cola
    rows = [*enumerate(gold), (60, "1")]
    rows[3] = (3, "yes")
    skip = source(data.files["dev"], on_bad_row="skip")
    values = file_metrics.evaluate(
        table.named("cola"), "dev", skip, predictions(tmp_path, rows)
    )
    assert values["missing"] == 1
    assert values["accuracy"] == pytest.approx(59 / 60)


def test_columns_of_predictions(tmp_path, cola):
    path = predictions(tmp_path, [("0", "1")], ("id", "label"))
    with pytest.raises(ValueError, match="columns index and prediction"):
        file_metrics.evaluate(table.named("cola"), "dev", cola[0], path)


def test_regression(tmp_path):
    rng = random.Random(3)
    gold = [round(rng.uniform(0, 5), 3) for _ in range(40)]
    found = [score + rng.gauss(0, 1) for score in gold]
    rows = [("index", "sentence1", "sentence2", "score")]
    rows += [(100 + i, "One.", "Two.", score) for i, score in enumerate(gold)]
    data = source(write(tmp_path / "dev.tsv", rows))
    task = table.named("sts-b")
    made = [(100 + i, score) for i, score in enumerate(found)]
    values = file_metrics.evaluate(
        task, "dev", data, predictions(tmp_path, made)
    )
    pearson = scipy.stats.pearsonr(gold, found)[0]
    spearman = scipy.stats.spearmanr(gold, found)[0]
    assert values["pearson"] == pytest.approx(pearson)
    assert values["spearman"] == pytest.approx(spearman)
    assert values["pearson_and_spearman"] == pytest.approx(
        (pearson + spearman) / 2
    )
    assert values["mean_squared_error"] == pytest.approx(
        sklearn.metrics.mean_squared_error(gold, found)
    )
    fewer = file_metrics.evaluate(
        task, "dev", data, predictions(tmp_path, made[:30])
    )
    assert fewer["missing"] == 10
    assert fewer["pearson"] < values["pearson"]
    with pytest.raises(ValueError, match="must hold a finite number"):
        path = predictions(tmp_path, [(100, "nan")])
        file_metrics.evaluate(task, "dev", data, path)


def test_race(tmp_path):
    folder = tmp_path / "RACE" / "dev"
    for level in ("middle", "high"):
        (folder / level).mkdir(parents=True)
        passage = {
            "article": "It rains.",
            "questions": ["What is wet?", "Who _ ?"],
            "options": [["a", "b", "c", "d"]] * 2,
            "answers": ["A", "D"],
        }
        (folder / level / "7.txt").write_text(json.dumps(passage))
    rows = [("middle7-0", "A"), ("middle7-1", "B"), ("high7-0", "A")]
    data = splits.DataSource(data_dir=str(tmp_path / "RACE"))
    task = table.named("race")
    values = file_metrics.evaluate(
        task, "dev", data, predictions(tmp_path, rows)
    )
    assert values == {
        "accuracy": 0.5,
        "accuracy/high": 0.5,
        "accuracy/middle": 0.5,
        "missing": 1,
    }
    with pytest.raises(ValueError, match="'A', 'B', 'C', 'D'.*Received: 'E'"):
        path = predictions(tmp_path, [("high7-0", "E")])
        file_metrics.evaluate(task, "dev", data, path)


GOLD_TAGS = [
    ["B-PER", "I-PER", "O", "B-LOC"],
    ["O", "O"],
    ["B-ORG", "B-ORG", "O", "B-PER"],
]


FOUND_TAGS = [
    ["B-PER", "O", "O", "B-LOC"],
    ["O", "B-LOC"],
    ["B-ORG", "B-ORG", "O", "B-ORG"],
]


def conll(path, *columns):
    sentences = []
    for number, tags in enumerate(zip(*columns, strict=True)):
        rows = enumerate(zip(*tags, strict=True))
        sentences.append(
            "".join(
                f"w{number}{i}\t" + "\t".join(row) + "\n" for i, row in rows
            )
        )
    path.write_text("\n".join(sentences))
    return str(path)


def test_tagging(tmp_path):
    data = source(conll(tmp_path / "dev.txt", GOLD_TAGS))
    path = conll(tmp_path / "dev_predictions.txt", GOLD_TAGS, FOUND_TAGS)
    values = file_metrics.evaluate(table.named("tagging"), "dev", data, path)
    for name in ("f1", "precision", "recall"):
        score = getattr(seqeval.metrics, f"{name}_score")
        assert values[name] == pytest.approx(score(GOLD_TAGS, FOUND_TAGS))
    assert values["accuracy"] == pytest.approx(
        seqeval.metrics.accuracy_score(GOLD_TAGS, FOUND_TAGS)
    )
    assert values["missing"] == 0


@pytest.mark.parametrize(
    "tags, message",
    [
        (FOUND_TAGS[:2], "2 sentences, and .* with 3"),
        ([FOUND_TAGS[0], ["O"], FOUND_TAGS[2]], "sentence 1, 'w10' in"),
        ([FOUND_TAGS[0], ["O", "S-PER"], FOUND_TAGS[2]], "Tags must be BIO"),
    ],
)
def test_tags_of_other_data(tmp_path, tags, message):
    data = source(conll(tmp_path / "dev.txt", GOLD_TAGS))
    path = conll(tmp_path / "dev_predictions.txt", tags)
    with pytest.raises(ValueError, match=message):
        file_metrics.evaluate(table.named("tagging"), "dev", data, path)


def test_multilabel_of_ones_own(tmp_path):
    labels = ["art", "law", "war"]
    gold = [["art"], ["art", "war"], [], ["war"]]
    found = [["art", "law"], ["war"], [], ["war"]]
    rows = [("text", "label")]
    rows += [(f"Text {i}.", "|".join(own)) for i, own in enumerate(gold)]
    data = source(
        write(tmp_path / "own.tsv", rows),
        columns=file_columns.Columns("multilabel"),
    )
    made = [(i, json.dumps(own), 0, 0, 0) for i, own in enumerate(found)]
    header = ("index", "prediction", *labels)
    values = file_metrics.evaluate(
        kinds.custom_task("multilabel"),
        "dev",
        data,
        predictions(tmp_path, made, header),
    )
    both = [
        [[label in own for label in labels] for own in part]
        for part in (gold, found)
    ]
    for average in ("micro", "macro"):
        assert values[f"{average}_f1"] == pytest.approx(
            sklearn.metrics.f1_score(*both, average=average, zero_division=0)
        )


def test_choices_of_ones_own(tmp_path):
    rows = [("a", "b", "label"), ("one", "two", "B"), ("one", "two", "one")]
    columns = file_columns.Columns(
        "multiple_choice", context=None, choices=("a", "b")
    )
    data = source(write(tmp_path / "own.tsv", rows), columns=columns)
    values = file_metrics.evaluate(
        kinds.custom_task("multiple_choice"),
        "dev",
        data,
        predictions(tmp_path, [(0, 1), (1, 1)]),
    )
    assert values == {"accuracy": 0.5, "missing": 0}


def test_one_of_several_splits_is_named(tmp_path):
    dev = [("sentence1", "sentence2", "gold_label")]
    dev += [("a", "b", "neutral"), ("a", "b", "entailment")]
    write(tmp_path / "dev_matched.tsv", dev)
    predictions = [("index", "prediction"), (0, "neutral"), (1, "neutral")]
    config = metrics_config.MetricsConfig(
        task_name="mnli",
        data_dir=str(tmp_path),
        split="dev_matched",
        predictions=write(tmp_path / "predictions.tsv", predictions),
    )
    assert file_metrics.score_predictions(config).metrics["accuracy"] == 0.5
    aliases = known_of(metrics_config.MetricsConfig, "split").aliases
    assert aliases == ("part",)
