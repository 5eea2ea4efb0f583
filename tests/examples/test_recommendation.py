"""examples/recommendation: profiles, repetitions, diversity and reasons."""

import importlib
import json
import pathlib
import sys
import types

import numpy as np
import pytest

import albert_tf

FOLDER = pathlib.Path(__file__).parent.parent.parent / "examples/recommendation"
ARTICLES = [
    "storm floods the valley",
    "storm floods the valley again",  # nearly repeats the first
    "river flood after heavy storm",
    "tennis final goes to five sets",
    "young player wins tennis final",
    "parliament votes on budget",
    "rain fills the reservoirs",
]
# Weather, sport, politics.
PLACES = np.array(
    [
        [1.0, 0.0, 0.0],
        [1.0, 0.05, 0.0],
        [0.9, 0.1, 0.1],
        [0.0, 1.0, 0.0],
        [0.1, 1.0, 0.1],
        [0.0, 0.0, 1.0],
        [0.8, 0.0, 0.3],
    ],
    np.float32,
)


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    encoder = types.SimpleNamespace(encode=lambda texts: PLACES[: len(texts)])
    monkeypatch.setattr(albert_tf, "embedder", lambda _: encoder, raising=False)
    return importlib.import_module


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "articles.jsonl"
    rows = [{"id": f"a{n}", "text": text} for n, text in enumerate(ARTICLES)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def catalog(module, items):
    args = types.SimpleNamespace(
        items_file=str(items),
        text_column="text",
        title_column=None,
        id_column=None,
        model="toy",
    )
    return module("catalog").read(args)


def test_nearest_without_what_was_read_or_repeats_it(module, catalog):
    matching = module("matching")
    found = matching.recommend(catalog, [0], count=3, diversity=0.0)
    items = [match.item for match in found]
    assert items[0] == 2 and 0 not in items and 1 not in items
    assert found[0].because == 0 and set(found[0].words) == {"storm"}
    late = matching.recommend(catalog, [3, 0], count=1, last=1)
    assert late[0].because == 0
    allowed = np.arange(7) == 5
    only = matching.recommend(catalog, [0], allowed=allowed)
    assert [match.item for match in only] == [5] and only[0].words == []
    with pytest.raises(ValueError, match="at least one article"):
        matching.recommend(catalog, [])


def test_profiles_equal_their_formulas(module, catalog):
    matching = module("matching")
    rows, vectors = [0, 3], catalog.embeddings
    parts = matching.similarity(catalog, rows, 0.0)
    mean = vectors[rows].mean(axis=0)
    np.testing.assert_allclose(
        matching.scores(parts, rows, "mean", 0.0),
        vectors @ mean / np.linalg.norm(mean),
        atol=1e-5,
    )
    np.testing.assert_allclose(
        matching.scores(parts, rows, "nearest", 0.0),
        (vectors @ vectors[rows].T).max(axis=1),
        atol=1e-6,
    )
    words = catalog.words.toarray()
    mean = words[rows].mean(axis=0)
    parts = matching.similarity(catalog, rows, 1.0)
    np.testing.assert_allclose(
        matching.scores(parts, rows, "mean", 1.0),
        words @ mean / np.linalg.norm(mean),
        atol=1e-6,
    )


def test_diversity_leaves_the_nearest_for_others(module):
    vectors = np.array([[1, 0], [1, 0.01], [0.6, 0.8]], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near, candidates = np.array([1.0, 0.99, 0.6]), np.arange(3)
    diverse = module("matching").diverse
    assert diverse(vectors, near, candidates, 2, 0.0) == [0, 1]
    assert diverse(vectors, near, candidates, 2, 0.6) == [0, 2]
    assert diverse(vectors, near, candidates, 9, 0.6) == [0, 2, 1]


def test_clicks_in_order_of_dates(module, monkeypatch, tmp_path, items, capsys):
    clicks = tmp_path / "clicks.csv"
    clicks.write_text(
        "reader,item,date\nann,a3,2024-01-02\nann,a0,2024-01-01\nbo,a5,\n"
    )
    assert module("catalog").histories(str(clicks)) == {
        "ann": ["a0", "a3"],
        "bo": ["a5"],
    }
    output = tmp_path / "found.json"
    flags = [f"--items_file={items}", "--model=toy", "--count=2"]
    flags += [f"--history_file={clicks}", f"--output_file={output}"]
    monkeypatch.setattr(sys, "argv", ["recommend.py", *flags])
    module("recommend").main()
    found = json.loads(output.read_text())
    assert found["ann"][0]["id"] == "a4"
    assert found["ann"][0]["because"] == "a3"
    assert found["ann"][0]["words"] == ["final", "tennis"]
    shown = capsys.readouterr().out
    assert 'like "tennis final goes to five sets"' in shown
    assert "no words in common" in shown

    clicks.write_text("reader,item\nann,a99\n")
    with pytest.raises(ValueError, match="ids of articles. Received: 'a99'"):
        module("recommend").main()


def test_ids_are_unique(module, items):
    with open(items, "a") as file:
        file.write('{"id": "a0", "text": "another"}\n')
    with pytest.raises(ValueError, match="'a0' twice in"):
        test = types.SimpleNamespace(
            items_file=str(items),
            text_column="text",
            title_column=None,
            id_column=None,
            model="toy",
        )
        module("catalog").read(test)


def test_artificial_readers(module):
    days = np.datetime64("2024-01-01") + np.arange(400) // 10
    categories = np.array(["a", "b", "c", "d"])[np.arange(400) % 4]
    rng = np.random.default_rng(0)
    made = module("measure").readers(days, categories, 2, 5, rng)
    for reader in made:
        read = categories[reader.history]
        assert len(read) == 10 and len(set(read)) == 2
        assert not reader.allowed[reader.history].any()
        assert set(categories[reader.right]) == set(read)
        assert days[reader.allowed].min() > days[reader.history].max()
