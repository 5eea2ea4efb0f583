"""examples/topics: clusters, names, trends, pairs, and what is written."""

import argparse
import datetime
import importlib
import json
import pathlib
import sys
import types
import zlib

import numpy as np
import pytest

import albert_tf

FOLDER = pathlib.Path(__file__).parent.parent.parent / "examples/topics"
SUBJECTS = {
    "tennis": "tennis final serve court player racket".split(),
    "storm": "storm flood rain wind river warning".split(),
    "strike": "strike teachers union wages school talks".split(),
}
DAY = datetime.date(2024, 1, 1)


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


@pytest.fixture(autouse=True)
def toy_model(monkeypatch):
    """Embeddings by words, in place of a model."""

    def embed(config):
        lines = pathlib.Path(config.file).read_text().splitlines()[1:]
        np.save(config.output, vectors([line.split("\t")[1] for line in lines]))
        described = {
            "documents": config.file,
            "count": len(lines),
            "fingerprint": "toy",
        }
        pathlib.Path(f"{config.output}.json").write_text(json.dumps(described))

    model = types.SimpleNamespace(fingerprint="toy")
    monkeypatch.setattr(albert_tf, "embed", embed, raising=False)
    monkeypatch.setattr(albert_tf, "embedder", lambda _: model, raising=False)


def vectors(texts):
    found = np.zeros([len(texts), 32], np.float32)
    for row, text in zip(found, texts, strict=True):
        words = text.split()
        for word in 3 * words[:1] + words[1:]:
            seed = zlib.crc32(word.encode())
            row += np.random.default_rng(seed).standard_normal(32)
    return found


def headlines(count=50):
    """Storms fade, strikes grow, and some texts are like no others."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(count):
        day = DAY + datetime.timedelta(days=number * 84 // count)
        late = number >= count // 2
        for subject, words in SUBJECTS.items():
            times = {"tennis": 2, "storm": 1 + 3 * (not late)}.get(
                subject, 1 + 3 * late
            )
            for _ in range(times):
                text = [subject, *rng.choice(words, 3, replace=False), "<b>"]
                rows.append((day, " ".join(text), subject))
        odd = [f"w{rng.integers(10**6)}" for _ in range(5)]
        rows.append((day, " ".join(odd), "other"))
    return rows


def write(path, rows):
    lines = ["date\ttext\tsubject", *("\t".join(map(str, r)) for r in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def run(module, monkeypatch, tmp_path, *flags):
    source = tmp_path / "headlines.tsv"
    if not source.exists():
        write(source, headlines())
    words = [f"--input_file={source}", f"--output_dir={tmp_path / 'out'}"]
    arguments = ["topics.py", "--model=toy", *words, *flags]
    monkeypatch.setattr(sys, "argv", arguments)
    module("topics").main()
    return json.loads((tmp_path / "out/topics.json").read_text())


def test_topics_are_found_named_and_followed(
    module, monkeypatch, tmp_path, capsys
):
    found = run(module, monkeypatch, tmp_path)
    kinds = {}
    for topic in found["topics"]:
        subjects = {row["text"].split()[0] for row in topic["headlines"]}
        assert len(subjects & set(SUBJECTS)) <= 1
        for subject in subjects & set(SUBJECTS):
            assert subject in topic["words"]
            kinds.setdefault(subject, set()).add(topic["kind"])
    assert set(kinds) == set(SUBJECTS)
    assert "falling" in kinds["storm"] and "rising" in kinds["strike"]
    assert found["unit"] == "week" and len(found["periods"]) == 12
    out = tmp_path / "out"
    rows = (out / "assignments.tsv").read_text().splitlines()[1:]
    assigned = [int(row.split("\t")[2]) for row in rows]
    assert assigned.count(-1) == found["noise"] > 0
    assert len(assigned) == found["texts"] == len(headlines())
    page = (out / "topics.html").read_text()
    assert "&lt;b&gt;" in page and "<b></li>" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert (out / "topics.png").read_bytes()[1:4] == b"PNG"
    assert "falling  " in capsys.readouterr().out


@pytest.mark.slow
def test_agreement_with_labels(module, monkeypatch, tmp_path, capsys):
    run(module, monkeypatch, tmp_path, "--label_column=subject")
    shown = capsys.readouterr().out
    assert "V-measure against subject (4 labels)" in shown
    rows = [row.split() for row in shown.splitlines()[-2:]]
    assert [row[0] for row in rows] == ["embeddings", "TF-IDF"]
    assert all(float(row[1]) > 0.5 for row in rows)


def test_embeddings_of_another_file_are_refused(module, tmp_path):
    source = write(tmp_path / "headlines.tsv", headlines(2))
    args = argparse.Namespace(
        input_file=str(source),
        output_dir=str(tmp_path),
        model="toy",
        text_column="text",
        title_column=None,
    )
    embedded = module("topics").embedded
    assert embedded(args, 16).shape == (16, 32)
    with pytest.raises(ValueError, match="count 16 instead of 17. Remove it"):
        embedded(args, 17)


def test_others_join_the_clusters_of_their_neighbors(module):
    clusters = module("topic_clusters")
    rows = headlines()
    points = vectors([text for _, text, _ in rows])
    settings = {"least": 10, "most_fitted": 250, "seed": 1}
    found, _ = clusters.find(points, **settings)
    assert (found == clusters.find(points, **settings)[0]).all()
    for number in range(found.max() + 1):
        own = {rows[n][2] for n in np.flatnonzero(found == number)}
        assert len(own - {"other"}) <= 1
    sizes = np.bincount(found[found >= 0])
    assert (np.diff(sizes) <= 0).all() and sizes.sum() > 250
    with pytest.raises(ValueError, match="at least 20 texts .* Received: 12"):
        clusters.find(np.ones([12, 3]), least=10, most_fitted=9, seed=0)


def test_words_of_a_cluster_are_rare_elsewhere(module):
    words = module("topic_words")
    texts = ["new storm isn't here", "new storm's wind", "new storm"] * 2
    texts += ["new match", "new match point", "a new match"]
    counts = words.count(texts, [0] * 6 + [-1] * 3)
    assert words.names(counts, 2)[0] == ["storm", "new"]


def test_months_have_no_gaps(module):
    trends = module("topic_trends").by_period(
        [datetime.date(2023, 1, 31), datetime.date(2024, 3, 1)],
        np.array([0, -1]),
        None,
    )
    assert trends.unit == "month" and len(trends.starts) == 15
    assert trends.counts.tolist() == [[1] + [0] * 14]
    assert trends.totals.sum() == 2 and np.isfinite(trends.shares).all()


@pytest.mark.parametrize(
    "value, form, day",
    [
        ("2003-02-19T10:00:00", None, 19),
        (20030219, None, 19),
        ("19/02/2003", "%d/%m/%Y", 19),
        ("19.2.", None, None),
        (None, None, None),
    ],
)
def test_dates(module, value, form, day):
    args = argparse.Namespace(
        date_format=form, date_column="date", input_file="x.csv"
    )
    read = module("headlines").date
    if day:
        assert read(value, args) == datetime.date(2003, 2, day)
    else:
        with pytest.raises(ValueError, match="must hold a date.*x.csv, row 0"):
            read(value, args)


def test_pairs_are_of_one_story(module):
    texts = ["flood hits the valley town", "queen opens a new bridge"]
    texts += ["valley town cleans up after flood", "queen opens a new bridge"]
    find = module("pairs").same_story
    near, far = np.array([1, 1, 2, 2]), np.array([1, 1, 20, 20])
    assert find(texts, near, 2) == [(texts[0], texts[2])]
    assert find(texts, far, 2) == []
