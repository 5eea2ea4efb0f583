"""Baselines, files, sizes and the report of translations."""

import numpy as np
import pytest

from benchmarks.peers import id_rows
from benchmarks.translation import baselines
from benchmarks.translation import ours
from benchmarks.translation import pairs
from benchmarks.translation import report
from benchmarks.translation import runs
from benchmarks.translation import scores
from benchmarks.translation import sizes


def pair(text, *targets):
    return pairs.Pair(text, (text,), targets)


def test_pairs_are_read_from_tables_and_lines(tmp_path):
    table = tmp_path / "pairs.tsv"
    table.write_text(
        'He said "go". Go!\tIl a dit.\tCC-BY\n\nTwo\tDeux\tCC-BY\n'
    )
    first, second = pairs.read(str(table), "0", "1")
    assert first.sentences == ('He said "go".', "Go!")
    assert second == pair("Two", "Deux")
    lines = tmp_path / "papers.jsonl"
    lines.write_text('{"source": ["One.", "Two."], "target": ["A", "B"]}\n')
    (paper,) = pairs.read(str(lines), "source", "target")
    assert paper == pairs.Pair("One. Two.", ("One.", "Two."), ("A", "B"))
    assert pairs.rows([paper], every=True) == [
        ("One. Two.", "A"),
        ("One. Two.", "B"),
    ]
    with pytest.raises(ValueError, match="row 1 without 'title'"):
        pairs.read(str(lines), "source", "title")
    with pytest.raises(ValueError, match=r"\.tsv, \.csv or \.jsonl"):
        pairs.read("pairs.txt", "0", "1")


def test_chinese_sentences_end_without_a_space(tmp_path):
    path = tmp_path / "papers.csv"
    path.write_text("text,title\n一是。二是。,题\n", encoding="utf-8")
    (one,) = pairs.read(str(path), "text", "title")
    assert one.sentences == ("一是。", "二是。")


def test_the_memory_answers_with_the_nearest_pair():
    memory = baselines.Memory(
        [pair("I am here.", "Je suis là."), pair("The dog runs.", "Il court.")]
    )
    assert memory.answer("A dog") == "Il court."
    # Words that search engines leave out count.
    assert memory.answer("Am I?") == "Je suis là."
    assert memory.answer("nothing") == ""
    assert baselines.words("你好 Tom") == ["你", "好", "tom", "你好"]


def test_lead_and_oracle_are_sentences_of_the_text():
    text = ("We try much.", "The cat sleeps well.", "The end.")
    paper = pairs.Pair(" ".join(text), text, ("A dog", "cat sleeps well"))
    assert baselines.lead(paper) == text[0]
    assert baselines.oracle(paper) == text[1]
    empty = pairs.Pair("", (), ("A",))
    assert baselines.lead(empty) == baselines.oracle(empty) == ""


def test_scores_are_of_the_best_reference():
    texts = ["the cat sat on the mat", "he goes home now again"]
    found = scores.score(texts, [["something", texts[0]], [texts[1]]])
    assert [round(found[name]) for name in report.METRICS] == [100] * 5
    assert found["intervals"]["rougeL"] == (100, 100)
    assert "nrefs:var" in found["signature"]
    chinese = scores.score(["我很好吗今天"], [["我很好吗明天"]])
    assert "tok:zh" in chinese["signature"]
    assert chinese["rouge1"] == pytest.approx(100 * 5 / 6)
    nothing = scores.score(["a"], [["b"]])
    assert nothing["bleu"] == nothing["rouge1"] == 0


def test_the_peer_has_about_the_parameters_asked_for():
    found = sizes.marian(7_600_000, 8000, 3)
    # As MarianMTModel of transformers 5.24 counts them.
    assert found["hidden_size"] == 256 and sizes.count(found) == 7_577_600
    small = sizes.marian(1_000_000, 8000, 2)
    assert abs(sizes.count(small) - 1_000_000) < 200_000


def test_ids_go_through_a_file(tmp_path):
    path = str(tmp_path / "ids.npz")
    columns = {"source": [[5], [], [6, 7]], "target": [[8, 9], [5], []]}
    id_rows.write(path, **columns)
    assert id_rows.read(path) == columns
    assert id_rows.padded([[5], [6, 7]], -1).tolist() == [[5, -1], [6, 7]]


def test_batches_hold_the_tokens_they_may():
    random = np.random.default_rng(0)
    lengths = random.integers(2, 30, 500).tolist() + [200]
    batches = id_rows.batches_by_tokens(lengths, 100, random)
    assert sorted(sum(batches, [])) == list(range(501))
    spent = [len(b) * max(lengths[n] for n in b) for b in batches]
    assert max(spent) == 200 and sorted(spent)[-2] <= 100
    # Rows of about the same length: little is padding.
    assert sum(lengths) / sum(spent) > 0.95
    order = [max(lengths[n] for n in b) for b in batches]
    assert order != sorted(order)


def test_steps_fill_what_start_and_evaluations_leave():
    # 10 s of start, 0.1 s a step, 2 s an evaluation.
    costs = [10 + 0.1 * s + 2 * (s // e) for s, e in ours.PROBES]
    assert ours.steps_within(1030, costs) == pytest.approx(10_000, abs=1)
    assert ours.steps_within(1, costs) == 20


def test_a_finished_run_is_not_repeated(tmp_path):
    path, asked = str(tmp_path / "run.json"), {"seed": 1}
    first = runs.remembered(path, asked, lambda: {"steps": 3})
    assert first == {"asked": asked, "steps": 3}
    assert runs.remembered(path, asked, lambda: 1 / 0) == first
    with pytest.raises(ValueError, match="run that is asked for"):
        runs.remembered(path, {"seed": 2}, lambda: {})


def test_the_table_has_a_row_for_each_contestant(tmp_path):
    names = report.METRICS
    low_high = {"intervals": {name: (29.0, 31.0) for name in names}}
    memory = {"contestant": "memory", "scores": dict.fromkeys(names, 30.0)}
    memory["scores"] |= {**low_high, "signature": "tok:13a"}
    trained = [
        {
            "contestant": "marian",
            "parameters": 7_577_600,
            "seconds": 3600.0,
            "scores": {
                **dict.fromkeys(names, value),
                **low_high,
                "signature": "tok:13a",
            },
        }
        for value in (40.0, 42.0)
    ]
    rows = [memory, *trained]
    lines = report.table(rows)
    assert lines[2].startswith("| memory | – | – | – | 30.0 (29.0 to 31.0) |")
    assert lines[3].startswith(
        "| marian | 7,577,600 | 60.0 | 2 | 41.0 (40.0 to 42.0) |"
    )
    path = tmp_path / "report.md"
    report.write(str(path), rows, {"load_before": 0.1}, ["--minutes=60"])
    text = path.read_text()
    assert "benchmarks.translation --minutes=60" in text
    assert "tok:13a" in text and lines[3] in text
    assert (tmp_path / "report.json").exists()


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(
    "language, chrf, bleu", [("fr", 35.3, 15.8), ("zh", 25.8, 29.3)]
)
def test_the_memory_of_tatoeba(shared, language, chrf, bleu):
    folder = shared / f"data/tatoeba/en-{language}"
    train, dev = (
        pairs.read(str(folder / f"{part}.tsv"), "0", "1")
        for part in ("train", "dev")
    )
    memory = baselines.Memory(train)
    found = scores.score(
        [memory.answer(one.text) for one in dev[:600]],
        [one.targets for one in dev[:600]],
    )
    assert round(found["chrf"], 1) == chrf and round(found["bleu"], 1) == bleu
