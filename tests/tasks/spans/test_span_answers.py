"""Answers from what the model says about windows."""

import json
import math

import numpy as np
import pytest

from data_pipeline.tasks import example_types
from data_pipeline.tasks import item_features
from data_pipeline.tasks import row_problems
from data_pipeline.tasks.spans import span_answers
from data_pipeline.tasks.spans import span_features
from data_pipeline.tasks.spans import squad
from data_pipeline.tasks.spans import squad_metrics
from data_pipeline.text import tokenizers

# [CLS] ? [SEP] ab cd ef gh [SEP], and with the last two again in a window of
# their own: [CLS] ? [SEP] ef gh [SEP]. "ef" counts in the first, "gh" in the
# second.
CONTEXT = "ab cd ef gh"
EXAMPLE = example_types.SpanExample("q", "?", CONTEXT, None)
S = 8


@pytest.fixture
def features():
    starts = [-1, -1, -1, 0, 3, 6, 9, -1, -1, -1, -1, 6, 9, -1]
    best = [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    return item_features.Features(
        np.array([0, 8, 14]),
        {
            "token_ids": np.zeros(14, np.int32),
            "char_starts": np.array(starts, np.int32),
            "char_ends": np.array([s + 2 if s >= 0 else -1 for s in starts]),
            "is_max_context": np.array(best, np.int32),
        },
        {},
        np.array([0, 0], np.int32),
    )


def logits(*rows):
    """[2, S]; zero but for {token: logit}."""
    values = np.zeros((len(rows), S), np.float32)
    for row, given in zip(values, rows, strict=True):
        for token, logit in given.items():
            row[token] = logit
    return values


def test_the_best_span_of_both_windows(features):
    outputs = {
        "start_logits": logits({0: 2, 4: 5}, {4: 7}),
        "end_logits": logits({0: 1, 5: 4}, {0: 9, 4: 1}),
    }
    (found,) = span_answers.predict(outputs, features, [EXAMPLE])
    best, second = found.candidates[:2]
    assert (best.text, best.score) == ("cd ef", 9)
    assert (best.start_character, best.end_character) == (3, 8)
    assert (second.text, second.score) == ("gh", 8)
    assert best.probability / second.probability == pytest.approx(math.e)
    assert sum(c.probability for c in found.candidates) == pytest.approx(1)
    # [CLS] has 3 in the first window and 9 in the second.
    assert found.null_score == 3 - 9
    assert found.text(threshold=-6) == "cd ef"  # above, not at
    assert found.text(threshold=-6.5) == ""


def test_what_cannot_be_an_answer_is_none(features):
    outputs = {
        # In the question, behind the window, and where another window has
        # more around it.
        "start_logits": logits({1: 9, 7: 9, 6: 9}, {3: 9, 6: 9}),
        "end_logits": logits({1: 9, 2: 9, 7: 9}, {1: 9, 5: 9, 7: 9}),
    }
    (found,) = span_answers.predict(
        outputs, features, [EXAMPLE], max_answer_length=2
    )
    assert sorted(c.text for c in found.candidates) == sorted(
        ["ab", "cd", "ef", "gh", "ab cd", "cd ef", "ef gh"]
    )
    assert {c.score for c in found.candidates} == {0}


def test_a_text_comes_once_and_the_list_has_an_end(features):
    twice = example_types.SpanExample("q", "?", "ab ab ab gh", None)
    outputs = {
        "start_logits": logits({3: 1, 4: 3, 5: 2}, {}),
        "end_logits": logits({3: 1, 4: 3, 5: 2}, {}),
    }
    (found,) = span_answers.predict(outputs, features, [twice], n_best_size=3)
    assert [(c.text, c.start_character) for c in found.candidates] == [
        ("ab", 3),
        ("ab ab", 3),
        ("ab ab ab", 0),
    ]


def test_there_is_an_answer_where_the_best_end_is_before_the_best_start(
    features,
):
    outputs = {
        "start_logits": logits({5: 9}, {}),
        "end_logits": logits({3: 9}, {}),
    }
    (found,) = span_answers.predict(outputs, features, [EXAMPLE], n_best_size=1)
    assert found.text(math.inf) == "ef"


def slow_spans(start, end, can_start, can_end, n_best_size, longest):
    """Google's loops over the best starts and ends of one window."""

    def best(values, allowed):
        ranked = sorted(np.flatnonzero(allowed), key=lambda i: -values[i])
        return ranked[:n_best_size]

    starts, ends = best(start, can_start), best(end, can_end)
    pairs = [(s, e) for s in starts for e in [*ends, s]]
    return {(s, e): start[s] + end[e] for s, e in pairs if 0 <= e - s < longest}


@pytest.mark.parametrize("seed", range(5))
def test_plain_spans_are_those_of_slow_loops(seed):
    rng = np.random.default_rng(seed)
    size = 100
    context = "".join(chr(0x4E00 + i) for i in range(size))
    begins = np.arange(size, dtype=np.int32)
    begins[:10] = -1
    can_start = (rng.random(size) < 0.8) & (begins >= 0)
    features = item_features.Features(
        np.array([0, size]),
        {
            "char_starts": begins,
            "char_ends": begins + 1,
            "is_max_context": can_start.astype(np.int32),
        },
        {},
        np.array([0]),
    )
    start, end = rng.normal(size=(2, size))
    (found,) = span_answers.predict(
        {"start_logits": start[None], "end_logits": end[None]},
        features,
        [example_types.SpanExample("q", "?", context)],
        n_best_size=15,
        max_answer_length=12,
    )
    wanted = slow_spans(start, end, can_start, begins >= 0, 15, 12)
    ranked = sorted(wanted, key=lambda pair: -wanted[pair])[:15]
    assert [(c.text, c.score) for c in found.candidates] == [
        (context[s : e + 1], wanted[s, e]) for s, e in ranked
    ]


def conditional():
    """Beams of 2 starts and 2 ends."""
    return {
        "start_log_probs": np.log([[0.6, 0.4], [0.9, 0.1]]),
        "start_positions": np.array([[3, 5], [4, 1]]),
        "end_log_probs": np.log(
            [[[0.7, 0.3], [0.9, 0.1]], [[0.5, 0.5], [0.9, 0.1]]]
        ),
        # The first window's second start goes back, then beyond the row.
        "end_positions": np.array([[[4, 3], [3, 99]], [[5, 4], [1, 2]]]),
        "unanswerable_logits": np.array([0.5, -1.5], np.float32),
    }


def test_the_conditional_head(features):
    (found,) = span_answers.predict(conditional(), features, [EXAMPLE])
    assert [
        (c.text, round(math.exp(c.score), 4)) for c in found.candidates
    ] == [
        ("gh", 0.45),
        ("ab cd", 0.42),
        ("ab", 0.18),
    ]
    assert found.null_score == -1.5
    assert found.text(threshold=-1.5) == "gh"
    assert found.text(threshold=-2) == ""


def test_no_span_and_no_window(features):
    outputs = conditional()
    outputs["start_positions"][:] = 0
    found = span_answers.predict(outputs, features, [EXAMPLE, None])
    assert [p.text(math.inf) for p in found] == ["", ""]
    assert found[0].null_score == -1.5
    assert found[1] == span_answers.Prediction()


def test_not_a_number_stops(features):
    outputs = conditional()
    outputs["end_log_probs"][1, 0, 0] = np.nan
    with pytest.raises(FloatingPointError, match="NaN in end_log_probs"):
        span_answers.predict(outputs, features, [EXAMPLE])


def test_files_by_id(tmp_path):
    candidate = span_answers.Candidate("zwölf", 3, 8, 1.0, 2.5)
    found = span_answers.Prediction((candidate,), 0.25)
    folder = tmp_path / "made"
    span_answers.write(
        str(folder),
        ["a", None, "bad", "a"],
        [found, found, span_answers.Prediction(), span_answers.Prediction()],
        {"a": "zwölf"},
    )

    def read(name):
        return json.loads((folder / name).read_text("utf-8"))

    assert read("predictions.json") == {"a": "zwölf", "bad": ""}
    assert read("null_odds.json") == {"a": 0.25, "bad": span_answers.NO_SCORE}
    assert read("nbest_predictions.json") == {
        "a": [
            {
                "text": "zwölf",
                "start_character": 3,
                "end_character": 8,
                "probability": 1.0,
                "score": 2.5,
            }
        ],
        "bad": [],
    }
    assert len(list(folder.iterdir())) == 3


def at(positions):
    """[I, 384] with 1 at a position of each row."""
    return (np.arange(384) == positions[:, None]).astype(np.float32)


@pytest.mark.shared
def test_the_labels_as_logits_give_the_answers_of_real_data(shared):
    tokenizer = tokenizers.load(shared / "data/vocab/30k-clean.model")
    examples = squad.read(
        str(shared / "data/squad/dev-v2.0-part.json"), row_problems.Problems()
    )
    features = span_features.encode(examples, tokenizer)
    outputs = {
        "start_logits": at(features.labels["start_positions"]),
        "end_logits": at(features.labels["end_positions"]),
    }
    found = span_answers.predict(outputs, features, examples)
    metrics = squad_metrics.evaluate_v2(
        examples,
        {e.id: p.text(0.0) for e, p in zip(examples, found, strict=True)},
    )
    # One answer, of coordinates, has more than 30 tokens.
    assert metrics["exact"] == pytest.approx(100 * 1123 / 1124)
    assert metrics["NoAns_exact"] == 100
