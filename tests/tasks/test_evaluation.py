"""What an evaluation says beside its score."""

import json

import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import task_kind
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import evaluation_details
from data_pipeline.tasks.results import printed_results
from data_pipeline.tasks.scoring import confusion
from data_pipeline.tasks.scoring import worst_errors
from data_pipeline.tasks.spans import span_answers
from data_pipeline.tasks.tags import tag_losses
from data_pipeline.tasks.texts import example_predictions
from data_pipeline.text import tokenizers

RNG = np.random.default_rng(0)


def made_of(labels, lengths=None, sequences=None):
    lengths = lengths or [1] * len(next(iter(labels.values())))
    return item_features.Features(
        np.cumsum([0, *lengths]),
        sequences or {},
        labels,
        np.arange(len(lengths), dtype=np.int32),
    )


def split_of(examples, scheme="none"):
    ids = [example and example.id for example in examples]
    return splits.Split("dev", "folder/dev.tsv", examples, ids, scheme)


def texts(labels):
    return [
        example_types.TextExample(str(n), (f"text {n}",), label)
        for n, label in enumerate(labels)
    ]


def sentence(number, words, tags):
    return example_types.TaggedExample(
        str(number), tuple(words.split()), tuple(tags.split())
    )


def mean(sums):
    losses, counts = sums
    return losses.sum() / counts.sum()


def test_the_loss_is_that_of_training():
    logits = RNG.normal(size=[5, 3]).astype(np.float32) * 30
    label = np.array([0, 2, 1, 1, 0], np.int32)
    loss = mean(
        kinds.KINDS["classification"].losses(
            made_of({"label": label}),
            {"logits": logits},
        )
    )
    expected = tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits)
    assert loss == pytest.approx(expected.numpy().mean(), rel=1e-5)

    sets = (RNG.random([5, 3]) > 0.5).astype(np.float32)
    loss = mean(
        kinds.KINDS["multilabel"].losses(
            made_of({"label": sets}),
            {"logits": logits},
        )
    )
    expected = tf.nn.sigmoid_cross_entropy_with_logits(sets, logits)
    assert loss == pytest.approx(expected.numpy().mean(), rel=1e-5)

    numbers = np.array([1, 2, 3, 4, 5], np.float32)
    loss = mean(
        kinds.KINDS["regression"].losses(
            made_of({"label": numbers}),
            {"logits": logits[:, :1]},
        )
    )
    assert loss == pytest.approx(((logits[:, 0] - numbers) ** 2).mean())

    ends = {"start_positions": label, "end_positions": label[::-1].copy()}
    outputs = {"start_logits": logits, "end_logits": -logits}
    loss = mean(kinds.KINDS["span"].losses(made_of(ends), outputs))
    both = [
        tf.nn.sparse_softmax_cross_entropy_with_logits(*pair)
        for pair in ((label, logits), (label[::-1], -logits))
    ]
    assert loss == pytest.approx(np.mean(both), rel=1e-5)
    # The head of SQuAD 2.0 scores ends of a few starts only.
    conditional = {"start_log_probs": logits}
    span = kinds.KINDS["span"]
    assert span.losses(made_of(ends), conditional) is None


def test_the_loss_of_tags_is_a_mean_over_words(monkeypatch):
    monkeypatch.setattr(tag_losses, "ROWS_AT_ONCE", 2)
    lengths = [3, 5, 4]
    label = np.array([-1, 1, -1, -1, 0, 2, -1, -1, -1, 2, 1, -1], np.int32)
    logits = RNG.normal(size=[3, 5, 3]).astype(np.float32)
    made = made_of({}, lengths, {"label": label})
    losses, counts = kinds.KINDS["tagging"].losses(made, {"logits": logits})
    assert counts.tolist() == [1, 2, 2]
    flat = np.concatenate(
        [own[:n] for own, n in zip(logits, lengths, strict=True)]
    )
    is_word = label >= 0
    expected = tf.nn.sparse_softmax_cross_entropy_with_logits(
        label[is_word], flat[is_word]
    )
    assert losses.sum() == pytest.approx(expected.numpy().sum(), rel=1e-5)


def test_baselines_of_each_kind():
    def of(kind, examples, labels=(), scheme="none", task=None):
        label = [getattr(e, "label", None) for e in examples if e]
        task = task or kinds.custom_task(kind)
        values = {"label": np.zeros([len(label)], np.int32)}
        if kind == "regression":
            values = {"label": np.array(label, np.float32)}
        if kind == "multilabel":
            rows = [[c in own for c in labels] for own in label]
            values = {"label": np.array(rows, np.float32)}
        if kind == "tagging":
            sequences = {"label": np.zeros([len(label)], np.int32)}
            made = made_of({}, [1] * len(label), sequences)
        else:
            made = made_of(values)
        encoded = task_kind.Encoded(split_of(examples, scheme), made)
        return kinds.of(task).baseline(task, encoded, labels)

    found = of("classification", [*texts("aab"), None], "ab")
    assert found.name == "most frequent class (a)"
    assert found.metrics["accuracy"] == pytest.approx(2 / 3)
    found = of("regression", texts([1.0, 3.0]))
    assert found.metrics["pearson_and_spearman"] == 0
    assert found.metrics["mean_squared_error"] == found.loss == 1
    found = of("multilabel", texts([("a", "b"), ("a",), ()]), "ab")
    assert found.name == "most frequent label (a)"
    assert found.metrics["micro_f1"] == pytest.approx(2 / 3)
    assert of("multilabel", texts([(), ()]), "ab").metrics["micro_f1"] == 0
    sentences = [
        sentence(0, "Paris is big", "B-L O O"),
        sentence(1, "Paris is Rome", "B-L O B-L"),
        # Only there: it counts as what most words are.
        sentence(2, "Oslo is old", "B-L O O"),
    ]
    found = of("tagging", sentences, ["B-L", "I-L", "O"], "BIO")
    assert found.metrics["f1"] == pytest.approx(2 * 2 / (4 + 2))
    assert found.metrics["accuracy"] == pytest.approx(7 / 9)


@pytest.mark.parametrize(
    "name, answer, metrics",
    [
        ("squad2", "no answer", {"f1": 50, "NoAns_f1": 100}),
        # Two words, one of which is right, and none where there is none.
        ("squad1", "the whole text", {"f1": 100 / 3, "exact_match": 0}),
    ],
)
def test_baselines_of_questions(name, answer, metrics):
    examples = [
        example_types.SpanExample("0", "Who?", "Ms Lee", ((3, "Lee"),)),
        example_types.SpanExample("1", "Why?", "Ms Lee", ()),
    ]
    encoded = task_kind.Encoded(split_of(examples), made_of({}, [1]))
    task = table.named(name)
    found = kinds.of(task).baseline(task, encoded, [])
    assert found.name == answer and found.loss is None
    for metric, value in metrics.items():
        assert found.metrics[metric] == pytest.approx(value)


def test_figures_by_class_are_those_of_scikit_learn():
    gold = RNG.choice(list("abc"), 200).tolist()
    found = RNG.choice(list("abc"), 200).tolist()
    names = {"c": "sea", "a": "ay", "b": "bee", "d": "never"}
    report = sklearn.metrics.classification_report(
        gold, found, output_dict=True, zero_division=0
    )
    for row, label in zip(
        confusion.by_class(gold, found, names), names, strict=True
    ):
        expected = report.get(label, {"f1-score": 0, "support": 0})
        assert row["name"] == names[label]
        assert row["f1"] == pytest.approx(expected["f1-score"])
        assert row["rows"] == expected["support"]
        assert row["predicted"] == found.count(label)
    made = confusion.matrix(gold, found, names)
    pairs = list(zip(gold, found, strict=True))
    assert made["counts"][1][2] == pairs.count(("a", "b"))
    (first, *_) = confusion.pairs(pairs, names)
    most = max(pairs.count((a, b)) for a in "abc" for b in "abc" if a != b)
    assert first["rows"] == most
    many = {str(number): str(number) for number in range(31)}
    assert confusion.matrix(["1"], ["2"], many) is None
    assert confusion.pairs([("1", "2")], many)[0]["label"] == "1"


def details_of(task, examples, predicted, outputs, made, labels, **options):
    return kinds.of(task).details(
        task,
        task_kind.Encoded(split_of(examples, **options), made),
        task_kind.Predictions(predicted, outputs),
        labels,
        None,
    )


def test_the_worst_errors_are_the_surest(monkeypatch):
    monkeypatch.setattr(worst_errors, "MAX_ERRORS", 3)
    shares = np.array([0.6, 0.9, 0.2, 0.7, 0.99, 0.85])
    logits = np.stack([np.log(1 - shares), np.log(shares)], axis=1)
    examples = texts("aabaaa")
    examples[0] = example_types.TextExample("0", ("x" * 5000,), "a")
    predicted = ["b", "b", "a", "b", "b", "b"]
    made = made_of({"label": np.zeros(6, np.int32)})
    details, errors = details_of(
        kinds.custom_task("classification"),
        examples,
        predicted,
        {"logits": logits},
        made,
        ["a", "b"],
    )
    assert details["num_errors"] == 6
    assert [row["id"] for row in errors] == ["4", "1", "5"]
    assert errors[0]["probability"] == pytest.approx(0.99)
    assert errors[0]["label_probability"] == pytest.approx(0.01)
    assert errors[0] | {"label": "a", "prediction": "b"} == errors[0]
    assert details["confusion"]["counts"] == [[0, 5], [1, 0]]
    monkeypatch.setattr(worst_errors, "MAX_ERRORS", 9)
    _, errors = details_of(
        kinds.custom_task("classification"),
        examples,
        predicted,
        {"logits": logits},
        made,
        ["a", "b"],
    )
    assert max(len(row["text"]) for row in errors) == 400


def test_details_of_sets_numbers_and_choices():
    made = made_of({"label": np.zeros([3, 2], np.float32)})
    logits = np.array([[2.0, -2.0], [3.0, -1.0], [-1.0, -1.0]])
    details, errors = details_of(
        kinds.custom_task("multilabel"),
        texts([("a",), ("b",), ()]),
        [("a",), ("a",), ()],
        {"logits": logits},
        made,
        ["a", "b"],
    )
    assert (
        details["groups"][0] | {"precision": 0.5, "recall": 1}
        == (details["groups"][0])
    )
    assert details["groups"][1]["recall"] == 0
    (error,) = errors
    assert (error["label"], error["prediction"]) == ("b", "a")
    assert error["decision"] == "a"
    assert error["probability"] == pytest.approx(1 / (1 + np.exp(-3)))

    details, errors = details_of(
        kinds.custom_task("regression"),
        texts([1.0, 2.0, 5.0]),
        [1.0, 2.5, 2.0],
        {"logits": np.zeros([3, 1])},
        made,
        [],
    )
    assert details["residuals"]["mean_absolute"] == pytest.approx(3.5 / 3)
    assert details["points"] == [[1.0, 1.0], [2.0, 2.5], [5.0, 2.0]]
    assert errors[0]["difference"] == -3 and "num_errors" not in details

    choices = [
        example_types.ChoiceExample("0", "Context.", ("one", "two"), 1),
        example_types.ChoiceExample("1", "", ("one", "two"), 0),
    ]
    details, errors = details_of(
        table.named("race"),
        choices,
        [0, 0],
        {"logits": np.array([[1.0, 0.0], [1.0, 0.0]])},
        made_of({"label": np.array([1, 0], np.int32)}),
        [],
    )
    assert details["confusion"]["names"] == ["A", "B"]
    (error,) = errors
    assert error["text"] == "Context. | A) one | B) two"
    assert (error["label"], error["prediction"]) == ("B", "A")


def test_details_of_tags_and_plain_tags():
    examples = [
        sentence(0, "Ms Lee met Oslo", "O B-P O B-L"),
        None,
        sentence(1, "no one here", "O O O"),
    ]
    predicted = [["B-P", "I-P", "O", "B-L"], None, ["O", "O", "O"]]
    details, errors = details_of(
        kinds.custom_task("tagging"),
        examples,
        predicted,
        {},
        None,
        [],
        scheme="BIO",
    )
    rows = {row["name"]: row for row in details["groups"]}
    assert (rows["L"]["f1"], rows["P"]["f1"], rows["P"]["rows"]) == (1, 0, 1)
    assert details["confused"] == [{"label": "O", "prediction": "P", "rows": 1}]
    (error,) = errors
    assert error["label"] == "Lee [P]" and error["prediction"] == "Ms Lee [P]"
    assert error["wrong_words"] == 2
    details, errors = details_of(
        kinds.custom_task("tagging"),
        [sentence(0, "a cat", "DT NN")],
        [["DT", "VB"]],
        {},
        None,
        [],
    )
    assert [row["name"] for row in details["groups"]] == ["DT", "NN", "VB"]
    assert errors[0]["prediction"] == "cat [VB]"


def test_details_of_questions():
    examples = [
        example_types.SpanExample("0", "Who?", "Ms Lee", ((3, "Lee"),)),
        example_types.SpanExample("1", "Why?", "Ms Lee", ()),
    ]
    answer = span_answers.Candidate("Ms Lee", 0, 6, 0.75, 1.0)
    predicted = [
        span_answers.Prediction((answer,), -5.0),
        span_answers.Prediction((answer,), 5.0),
    ]
    details, errors = kinds.KINDS["span"].details(
        table.named("squad2"),
        task_kind.Encoded(split_of(examples), None),
        task_kind.Predictions(predicted, {}),
        [],
        0.0,
    )
    with_answer, without = details["groups"]
    assert with_answer["exact_match"] == 0
    assert with_answer["f1"] == pytest.approx(200 / 3)
    assert (without["exact_match"], without["rows"]) == (100, 1)
    assert details["confusion"]["counts"] == [[1, 0], [0, 1]]
    (error,) = errors
    assert (error["label"], error["prediction"]) == ("Lee", "Ms Lee")
    assert error["probability"] == 0.75 and error["context"] == "Ms Lee"


@pytest.fixture
def evaluated(vocabulary, tmp_path):
    """A model that answers the second class, of two tasks."""
    tokenizer = tokenizers.load(vocabulary)
    (tmp_path / "cola.tsv").write_text(
        "s\t0\t\tThe cat.\ns\t1\t\tA dog.\ns\t0\t\tIt is.\n"
    )
    (tmp_path / "sts.tsv").write_text(
        "sentence1\tsentence2\tscore\nThe cat.\tA dog.\t1.0\nIt.\tIt.\t5.0\n"
    )
    datas = [
        task_data.TaskData(
            table.named(name),
            splits.DataSource(files={"dev": str(tmp_path / file)}),
            labels,
            tokenizer,
            task_kind.RowLengths(max_seq_length=16),
            (16,),
        )
        for name, file, labels in (
            ("cola", "cola.tsv", ["0", "1"]),
            ("sts-b", "sts.tsv", []),
        )
    ]

    def predict(task, batches):
        items = sum(int((b["item"] >= 0).numpy().sum()) for b in batches)
        logits = [[0.0, 2.0]] if task == "cola" else [[2.5]]
        return {"logits": np.repeat(logits, items, axis=0)}

    def run(datas, output_dir=None):
        return evaluation.score(
            tf.distribute.get_strategy(),
            predict,
            datas,
            batch_size=4,
            threshold=None,
            output_dir=output_dir,
            checkpoint="best/ckpt-7",
        )

    return datas, run


def test_an_evaluation_has_rows_loss_and_baseline(evaluated, tmp_path):
    (cola, _), run = evaluated
    values = run([cola])
    right, wrong = np.log1p(np.exp(-2)), np.log1p(np.exp(2))
    assert values["rows"] == 3
    assert values["loss"] == pytest.approx((right + 2 * wrong) / 3)
    assert values["baseline_loss"] == pytest.approx(
        -(np.log(1 / 3) + 2 * np.log(2 / 3)) / 3
    )
    assert values["baseline"] == 0 and "f1/0 (unacceptable)" not in values
    out = tmp_path / "out"
    values = run([cola], str(out))
    assert values["recall/1 (acceptable)"] == 1
    details = json.loads((out / "dev_details.json").read_text())
    assert details["checkpoint"] == "best/ckpt-7"
    assert details["data"] == "cola.tsv"  # and no folder of this machine
    assert details["metrics"]["rows"] == 3
    errors = (out / "dev_errors.jsonl").read_text().splitlines()
    assert [json.loads(row)["text"] for row in errors] == ["The cat.", "It is."]
    text = printed_results.text(str(out), [cola])
    assert "cola: cola.tsv, 3 rows, checkpoint best/ckpt-7" in text
    assert "most frequent class (0)" in text
    assert "All predictions are of one class." in text
    assert "0 (unacceptable) as 1 (acceptable) (2)" in text


def test_several_tasks_have_folders_and_names(evaluated, tmp_path):
    datas, run = evaluated
    values = run(datas, str(tmp_path / "out"))
    assert values["cola/rows"] == 3 and values["sts-b/rows"] == 2
    assert values["sts-b/baseline_loss"] == values["sts-b/loss"] - 0.25
    assert (tmp_path / "out/sts-b/dev_details.json").exists()
    text = printed_results.text(str(tmp_path / "out"), datas)
    assert "cola: cola.tsv" in text and "sts-b: sts.tsv" in text
    assert "mean label (3)" in text


def test_half_a_character_can_be_written(tmp_path):
    evaluation_details.write(
        str(tmp_path), "dev", {"name": "\ud800"}, [{"text": "\ud800"}]
    )
    assert (
        tmp_path / "dev_errors.jsonl"
    ).read_text() == '{"text": "\\ud800"}\n'


def test_probabilities_are_of_the_kind():
    logits = np.array([[0.0, 2.0]])
    assert example_predictions.softmax(logits)[0, 0] == (
        pytest.approx(1 / (1 + np.exp(2)))
    )
    assert example_predictions.sigmoid(logits)[0, 0] == 0.5
