"""albert_tf.predictor: every kind and form of input, and wrong ones."""

import functools
import itertools

import keras
import numpy as np
import orjson
import pytest
import tensorflow as tf

import albert_tf
from albert_tf.serving.models import requests
from albert_tf.serving.models import rows as rows_lib
from albert_tf.serving.models import saved_model
from albert_tf.workflows.answering import answers
from albert_tf.workflows.answering import batches
from albert_tf.workflows.answering import predictor as predictor_lib
from albert_tf.workflows.answering import source as source_lib

TEXTS = [
    "The cat sees a house in winter.",
    "The horse builds two apples. " * 8,
    "a letter",
    "Every  day, the ｋｉｎｇ\u00a0crosses “the bridge”; it is 1,850!",
    "naïve ½ ﬁsh — 你好 😀",
]
MASKED = ["The [MASK] sees [MASK] house.", "no mask", "[MASK] a letter"]
PAIRS = [*itertools.zip_longest(TEXTS, TEXTS[::-1])]
CHOICES = [
    ("The cat sees", ("a house", "it")),
    ("", ("the road", "a letter before noon", "two apples")),
    ("The king", ("the bridge in winter", "it")),
]
INPUTS = {
    "pretraining": (("texts",), MASKED),
    "classification": (("texts",), TEXTS),
    "pairs": (("texts", "second_texts"), PAIRS),
    "multilabel": (("texts",), TEXTS),
    "regression": (("texts",), TEXTS),
    "multiple_choice": (("texts", "choices"), CHOICES),
    "tagging": (("texts",), TEXTS),
    "span": (("questions", "contexts"), PAIRS),
}


SLOW = ("pairs", "multilabel", "regression", "multiple_choice")
KINDS = [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
    for name in INPUTS
]


@pytest.fixture(scope="module")
def source(trained):
    """Makes the source of a kind, once."""
    return functools.cache(
        lambda name: source_lib.find(str(trained(name)), None, None)
    )


@pytest.fixture(scope="module")
def make(source):
    """Makes a predictor of a kind."""

    def make(name, **settings):
        return predictor_lib.Predictor(source(name), **settings)

    return make


def by_name(names, row):
    row = row if isinstance(row, tuple) else (row,)
    return dict(zip(names, row, strict=True))


def assert_close(found, expected):
    """Answers are equal, and their numbers to 1e-5."""
    assert type(found) is type(expected), (found, expected)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key in expected:
            assert_close(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=1e-5)
    else:
        assert found == expected


def served(source, row):
    """What the server answers to one row, read from its JSON."""
    signature = source.signature("text")
    model = saved_model.Model("m", 1, {"text": signature}, {}, {}, 64, {})
    content = {"signature_name": "text", "instances": [row]}
    request = requests.parse(orjson.dumps(content), model, 100)
    (outputs,) = rows_lib.split(
        request.signature.call(request.columns), [1], signature.padded
    )
    return orjson.loads(requests.answer(outputs, True))["predictions"][0]


@pytest.mark.parametrize("name", KINDS)
def test_answers_are_the_servers_alone_and_among_others(name, make, source):
    names, rows = INPUTS[name]
    predictor = make(name)
    assert predictor.inputs == names
    together = predictor(rows)
    for row, answer in zip(rows, together, strict=True):
        assert_close(predictor(row), answer)
        as_dict = by_name(names, row)
        assert_close(predictor(as_dict), answer)
        assert_close(served(source(name), as_dict), answer)


def test_what_a_predictor_says_of_its_model(make):
    assert make("tagging").labels[:2] == ("O", "B-PER")
    assert make("span").kind == "span" and make("span").labels == ()
    assert make("pretraining").kind == "pretraining"


@pytest.mark.parametrize(
    "name, settings, prediction, probability",
    [
        ("classification", {"text": TEXTS}, "label", "probabilities"),
        pytest.param(
            *("regression", {"text": TEXTS}, "value", None),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *("multilabel", {"text": TEXTS}, "chosen", None),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "pairs",
            {"text": TEXTS, "text_b": TEXTS[::-1]},
            "label",
            "probabilities",
            marks=pytest.mark.slow,
        ),
        (
            "span",
            {"question": TEXTS, "context": TEXTS[::-1]},
            "answer",
            None,
        ),
    ],
)
def test_predictions_are_those_of_predict(
    name, settings, prediction, probability, make, trained
):
    config = albert_tf.PredictConfig(
        checkpoint=trained(name), strategy="one_device", **settings
    )
    expected = albert_tf.predict(config).predictions
    for answer, row in zip(make(name)(INPUTS[name][1]), expected, strict=True):
        found = answer[prediction]
        if prediction == "chosen":
            chosen = {x for x, y in zip("xyz", found, strict=True) if y}
            assert chosen == set(row["prediction"])
        else:
            assert_close(found, row["prediction"])
        if probability:
            best = max(answer[probability])
            assert best == pytest.approx(row["probability"], abs=1e-5)


@pytest.mark.slow
def test_an_export_answers_as_its_model(make, trained, tmp_path):
    albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=trained("classification"), output=tmp_path / "export"
        )
    )
    exported = albert_tf.predictor(tmp_path / "export", explain=True)
    model = albert_tf.predictor(trained("classification"), explain=True)
    assert exported.labels == model.labels == ("x", "y", "z")
    assert exported.kind == model.kind == "classification"
    for found, expected in zip(exported(TEXTS), model(TEXTS), strict=True):
        assert_close(found, expected)
    plain = make("classification")(TEXTS)
    signature = tf.saved_model.load(tmp_path / "export").signatures["text"]
    outputs = signature(texts=tf.constant(TEXTS))
    np.testing.assert_allclose(
        [answer["probabilities"] for answer in plain],
        outputs["probabilities"],
        atol=1e-5,
    )


def test_characters_of_tags_and_answers(make):
    answer = make("tagging")(TEXTS[3])
    for word, start, end in zip(
        *(answer[name] for name in ("words", "word_starts", "word_ends")),
        strict=True,
    ):
        assert TEXTS[3][start:end] == word
    (short, long) = make("tagging")(["a letter", TEXTS[1]])
    assert len(short["words"]) == 2 and len(long["words"]) == 48
    answer = make("span")((TEXTS[0], TEXTS[4]))
    start, end = answer["start"], answer["end"]
    assert TEXTS[4][start:end] == answer["best_answer"]


def test_words_of_a_tagger(make):
    words = make("tagging")([{"words": ["a", "letter"]}, "a letter"])
    assert [answer["words"] for answer in words] == [["a", "letter"]] * 2
    assert words[0]["tags"] == words[1]["tags"]


def test_streams_are_answered_as_they_come(make):
    predictor = make("classification")
    taken = []

    def texts():
        for number in itertools.count():
            taken.append(number)
            yield TEXTS[number % len(TEXTS)]

    found = predictor(texts())
    assert not taken
    first = [*itertools.islice(found, 7)]
    assert len(taken) <= batches.CHUNK_ROWS
    assert_close(first, predictor([TEXTS[n % len(TEXTS)] for n in range(7)]))
    assert [*predictor(iter([]))] == []


@pytest.mark.parametrize("batch", [None, 2])
def test_datasets_are_answered(batch, make):
    for name, form in [
        ("classification", lambda x: x),
        ("classification", lambda x: {"texts": x}),
        ("span", lambda x: (x, x)),
    ]:
        dataset = tf.data.Dataset.from_tensor_slices(TEXTS).map(form)
        if batch:
            dataset = dataset.batch(batch)
        found = [*make(name)(dataset)]
        rows = [(x, x) if name == "span" else x for x in TEXTS]
        assert_close(found, make(name)(rows))


def test_arrays_and_series_are_answered(make):
    predictor = make("classification")
    expected = predictor(TEXTS)
    assert_close(predictor(np.array(TEXTS)), expected)
    assert_close(predictor(tf.constant(TEXTS)), expected)
    assert_close(predictor(np.array(TEXTS[0])), expected[0])
    pandas = pytest.importorskip("pandas")
    assert_close(predictor(pandas.Series(TEXTS, index=range(5, 10))), expected)


STRING = "Each input must be a string, or a dict with the key 'texts'."
PAIR = "Each input must be a tuple of questions \\(a string\\) and contexts"


@pytest.mark.parametrize(
    "name, given, message",
    [
        ("classification", 5, f"{STRING} Received: 5 \\(int\\)."),
        ("classification", None, f"{STRING} Received: None."),
        ("classification", [], "at least one input. Received: an empty list"),
        ("classification", np.array([], str), "Received: an empty ndarray"),
        ("classification", ["a", None], f"{STRING} .*None, input 1 \\(count"),
        ("classification", [float("nan")], "missing values"),
        ("classification", {"text": "a"}, "a dict with the keys 'text'."),
        ("classification", {}, "a dict with no keys"),
        ("classification", ("a", "b"), "reads one text; give several in a li"),
        ("classification", " \n", "more than white space. Received: ' "),
        ("classification", ["a", ""], "white space. .* input 1"),
        ("classification", "\ud800", "must be valid Unicode"),
        ("span", "a", f"{PAIR} .* Received: 'a' \\(str\\)."),
        ("span", ["a", "b"], f"{PAIR} .* Received: 'a' \\(str\\), input 0"),
        ("span", ("a", "b", "c"), f"{PAIR} .* with the keys 'questions', 'c"),
        ("span", ("a", 1), f"{PAIR} .*\\('a', 1\\)"),
        ("span", {"questions": "a", "contexts": 1}, "'contexts' must be a st"),
        ("multiple_choice", ("a", "b"), "'choices' must be a list of at"),
        ("multiple_choice", ("a", []), "'choices' must be a list of at"),
        ("tagging", {"tokens": ["a"]}, "or, for words, the key 'words'."),
        ("tagging", "a " * 60_000, "at most 100,000 bytes"),
        (
            "classification",
            tf.data.Dataset.from_tensor_slices((["a"], [1])),
            "tf.data.Dataset must be a string, or a dict .* dataset.map",
        ),
    ],
)
def test_wrong_inputs_are_told_the_right_ones(name, given, message, make):
    with pytest.raises(ValueError, match=message):
        make(name)(given)


def test_lists_are_checked_before_the_first_answer(make, monkeypatch):
    predictor = make("classification")
    monkeypatch.setattr(predictor, "_answers", None)
    with pytest.raises(ValueError, match="Received: None, input 1999"):
        predictor([*["a"] * 1999, None])


def test_a_frame_is_told_its_columns(make):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS})
    with pytest.raises(ValueError, match="the columns 'text'. Give one col"):
        make("classification")(frame)


def test_thresholds_decide(make):
    assert make("classification", threshold=1.0)(TEXTS[0])["label"] is None
    plain = make("span")(PAIRS[0])
    always = make("span", threshold=1e9)(PAIRS[0])
    assert always["answer"] == plain["best_answer"] != ""
    assert make("span", threshold=-1e9)(PAIRS[0])["answer"] == ""
    scores = {"labels": ["x", "y"], "probabilities": [0.4, 0.2]}
    found = answers.above({**scores, "chosen": [False, False]}, 0.3)
    assert found == {**scores, "chosen": [True, False]}
    entities = {
        "entities": ["Ada", "Rome"],
        "types": ["PER", "LOC"],
        "starts": [0, 9],
        "ends": [3, 13],
        "probabilities": [0.4, 0.9],
    }
    found = answers.above({**entities, "tags": ["B", "O", "B"]}, 0.5)
    assert found.pop("tags") == ["B", "O", "B"]
    assert found == {name: values[1:] for name, values in entities.items()}


def test_the_likeliest_come_first(make):
    best = make("classification", top_k=2)(TEXTS[0])
    plain = make("classification")(TEXTS[0])
    assert best["labels"][0] == plain["label"] and len(best["labels"]) == 2
    assert best["probabilities"] == sorted(plain["probabilities"])[:0:-1]
    filled = make("pretraining", top_k=1)(MASKED[0])
    assert filled["tokens"] == [
        tokens[:1] for tokens in make("pretraining")(MASKED[0])["tokens"]
    ]


def test_explanations_come_with_answers(make):
    answer = make("classification", explain=True)(TEXTS[:3])[2]
    found = answer.pop("explanation")
    assert_close(answer, make("classification")(TEXTS[2]))
    assert found["pieces"][0] == "[CLS]" and len(found["starts"]) > 3
    assert sum(found["importance"]) == pytest.approx(1, abs=1e-5)
    assert max(found["ends"]) == len(TEXTS[2])


def test_seeds_and_cleared_sessions_leave_predictors_alone(make):
    predictor = make("classification")
    before = predictor(TEXTS)
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    assert_close(predictor(TEXTS), before)


@pytest.mark.parametrize(
    "name, settings, message",
    [
        ("span", {"top_k": 1}, "`top_k` must be used with a model that"),
        ("pretraining", {"top_k": 6}, "at most 5 for masks. Received: 6"),
        ("classification", {"top_k": 0}, "whole number of at least 1"),
        ("pretraining", {"threshold": 0.5}, "`threshold` must be used with"),
        ("classification", {"threshold": 5}, "from 0 to 1. Received: 5"),
        ("classification", {"threshold": "0.5"}, "must be a number"),
        ("multiple_choice", {"explain": True}, "the signature 'explain'"),
    ],
)
def test_settings_fit_the_model(name, settings, message, make):
    with pytest.raises(ValueError, match=message):
        make(name, **settings)


def test_a_checkpoint_is_asked_of_a_run(trained):
    with pytest.raises(ValueError, match="must be used with the folder of a r"):
        albert_tf.predictor(trained("classification"), which="last")


def test_long_inputs_show_progress(make, monkeypatch):
    shown = []

    class Progress:
        def __init__(self, unit, total):
            shown.append((unit, total))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, count):
            shown.append(count)

    monkeypatch.setattr(predictor_lib.progress, "Progress", Progress)
    predictor = make("classification")
    predictor(TEXTS)
    assert not shown
    predictor(TEXTS * 40)
    assert shown[0] == ("inputs", 200) and sum(shown[1:]) == 200


class Recorder:
    """A signature that says how large its batches are."""

    inputs = {"texts": tf.TensorSpec([None], tf.string)}
    padded = frozenset()

    def __init__(self):
        self.shapes = []

    def call(self, columns):
        (texts,) = columns.values()
        self.shapes.append((len(texts), max(map(len, texts))))
        return {"length": np.array([len(text) for text in texts])}


def test_batches_are_alike_and_bounded():
    texts = [b"a" * (1 + n * 7919 % 3000) for n in range(500)]
    texts[7] = b"b" * 10**6
    texts[8] = b"[MASK]" * 2000
    signature = Recorder()
    rows = [{"texts": text} for text in texts]
    found = {}
    for numbers, outputs in batches.run(signature, rows):
        for number, output in zip(numbers, outputs, strict=True):
            found[number] = int(output["length"][0])
    assert [found[n] for n in range(500)] == [len(text) for text in texts]
    assert all(
        count <= batches.ROWS and (count == 1 or count * longest <= 1 << 17)
        for count, longest in signature.shapes
    )
    assert (1, 10**6) in signature.shapes and (1, 12000) in signature.shapes
    assert len(signature.shapes) < 20


def test_chunks_have_bounded_size():
    rows = ({"texts": b"a" * 10**6} for _ in range(40))
    sizes = [len(chunk) for chunk in batches.chunks(rows)]
    assert sizes == [17, 17, 6]
    sizes = [
        len(x) for x in batches.chunks({"texts": b"a"} for _ in range(2000))
    ]
    assert sizes == [1024, 976]
