"""examples/opinions: two layouts, baselines, and both models in a row."""

import importlib
import json
import pathlib
import sys
import types

import pytest

import albert_tf
from data_pipeline.text import tokenizers

FOLDER = pathlib.Path(__file__).parent.parent.parent / "examples/opinions"
XML = """<?xml version="1.0" encoding="utf-8"?>
<sentences>
  <sentence><text>The decor is dull, the food &amp; wine great.</text>
    <aspectTerms>
      <aspectTerm from="23" to="27" polarity="positive" term="food"/>
      <aspectTerm from="4" to="9" polarity="negative" term="decor"/>
    </aspectTerms></sentence>
  <sentence><text>We ate.</text></sentence>
</sentences>
"""
LINES = """The hard disk is great !####[([1, 2], [4], 'POS')]
Good food , slow food .####[([1], [0], 'POS'), ([4], [3], 'NEG')]
It is so-so food####[([3], [2], 'NEU'), ([3], [0], 'NEG')]
"""


@pytest.fixture
def module(monkeypatch):
    # Other examples have modules of the same names.
    names = [path.stem for path in FOLDER.glob("*.py")]
    for name in names:
        sys.modules.pop(name, None)
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def reviews(module, tmp_path):
    data = module("opinion_data")
    (tmp_path / "a.xml").write_text(XML)
    (tmp_path / "b.txt").write_text(LINES)
    return [data.read(str(tmp_path / name)) for name in ("a.xml", "b.txt")]


def test_both_layouts(reviews):
    found = [
        [(r.term(aspect), aspect.polarity) for aspect in r.aspects]
        for own in reviews
        for r in own
    ]
    assert found == [
        [("decor", "negative"), ("food", "positive")],
        [],
        [("hard disk", "positive")],
        [("food", "positive"), ("food", "negative")],
        [],  # two opinions on one term
    ]


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.xml", "<sentences><sentence>"),
        ("a.xml", "<sentences></sentences>"),
        ("a.xml", XML.replace('from="4"', 'from="400"')),
        ("a.xml", XML.replace('polarity="negative" ', "")),
        ("a.txt", "a line\n"),
        ("a.txt", "a b####[([0], [1], 'POS'\n"),
        ("a.txt", "a b####[([7], [1], 'POS')]\n"),
        ("a.txt", "a b####[([0], [1], 'GOOD')]\n"),
        ("a.txt", "a b####open('x')\n"),
    ],
)
def test_other_files_are_one_message(module, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=f"Received: .*{name}: "):
        module("opinion_data").read(str(tmp_path / name))


def test_files_for_both_models(module, reviews, tmp_path):
    data = module("opinion_data")
    data.write_tagging(str(tmp_path / "t/tags.jsonl"), reviews[0])
    data.write_pairs(str(tmp_path / "t/pairs.jsonl"), reviews[1])
    tags, pairs = (
        [json.loads(line) for line in path.read_text().splitlines()]
        for path in (tmp_path / "t/tags.jsonl", tmp_path / "t/pairs.jsonl")
    )
    assert tags[0]["label"] == [[4, 9, "TERM"], [23, 27, "TERM"]]
    assert tags[1] == {"text": "We ate.", "label": []}
    assert pairs[0] == {
        "text": "The hard disk is great !",
        "term": "hard disk",
        "polarity": "positive",
    }
    assert len(pairs) == 3


def test_baselines_and_scores(module, reviews):
    measures = module("opinion_measures")
    both = reviews[0] + reviews[1]
    assert measures.majority(both) == "positive"
    # "food" is an aspect in 3 of its 4 places.
    terms = measures.frequent_terms(both)
    assert terms == ["hard disk", "decor", "food"]
    texts = ["Seafood, FOOD and a hard disk", "none"]
    found = measures.by_frequency(texts, terms, "neutral")
    assert [[texts[0][a.start : a.end] for a in own] for own in found] == [
        ["FOOD", "hard disk"],
        [],
    ]
    perfect = [review.aspects for review in both]
    gold = [aspect.polarity for own in perfect for aspect in own]
    assert measures.scores(both, perfect, gold) == (1, 1, 1, 1)
    nothing = measures.scores(both, [[]] * 5, ["positive"] * 5)
    assert nothing[:2] == (0, 3 / 5) and nothing.both == 0
    wrong = [[a._replace(polarity="x") for a in own] for own in perfect]
    assert measures.scores(both, wrong, gold)[::3] == (1, 0)


def test_opinions_of_texts(module, monkeypatch):
    def predictor(folder):
        if folder.endswith("terms"):
            return lambda texts: [
                {
                    "starts": [4, -1] if "decor" in text else [-1, -1],
                    "ends": [9, -1],
                    "probabilities": [0.8, 0.0],
                }
                for text in texts
            ]
        return lambda pairs: [
            {"label": pair[1], "probabilities": [0.5, 0.5]} for pair in pairs
        ]

    monkeypatch.setattr(albert_tf, "predictor", predictor, raising=False)
    opinions = module("opinions")
    found = opinions.find("run", ["The decor is dull.", "We ate."])
    assert found[1] == []
    ((aspect, probability),) = found[0]
    assert aspect == (4, 9, "decor") and probability == pytest.approx(0.4)
    assert opinions.find("run", ["We ate."]) == [[]]


def test_the_table(module, monkeypatch, reviews):
    opinions, train = module("opinions"), module("train")
    right = {
        review.text: [opinions.Opinion(a, 0.9) for a in review.aspects]
        for review in reviews[0]
    }
    monkeypatch.setattr(
        opinions, "find", lambda _, texts: [right[text] for text in texts]
    )
    monkeypatch.setattr(
        opinions,
        "polarities",
        lambda _, pairs: [("positive", 0.9) for _ in pairs],
    )
    table = train.compared("run", reviews[1], reviews[0]).splitlines()
    assert table[0].startswith("2 texts, 2 terms.")
    assert table[2].split()[:4] == ["frequent", "terms,", "all", "positive"]
    assert table[3].split()[2:] == ["1.000", "0.500", "0.333", "1.000"]


@pytest.mark.slow
def test_trained_on_few_texts(
    module, monkeypatch, tmp_path, capsys, sizes, vocabulary
):
    config = albert_tf.AlbertConfig(**sizes)
    start = tmp_path / "start"
    tokenizers.load(vocabulary).save(start)
    albert_tf.AlbertPretrainer(config).save(start / "model.keras")
    (tmp_path / "a.xml").write_text(XML)
    (tmp_path / "b.txt").write_text(LINES * 4)
    train = module("train")
    args = types.SimpleNamespace(
        train_file=str(tmp_path / "b.txt"),
        eval_file=str(tmp_path / "a.xml"),
        output_dir=str(tmp_path / "run"),
        init_checkpoint=str(start / "model.keras"),
        spm_model_file=None,
        tag_head="crf",
        max_seq_length=32,
        num_train_epochs=1.0,
        train_batch_size=4,
        learning_rate=1e-3,
        random_seed=1,
    )
    monkeypatch.setattr(train, "arguments", lambda: args)
    train.main()
    assert "both models" in capsys.readouterr().out
