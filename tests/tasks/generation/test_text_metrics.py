"""BLEU, chrF and ROUGE: those of sacrebleu and rouge-score."""

import numpy as np
import pytest
import sacrebleu
from rouge_score import rouge_scorer

from data_pipeline.tasks import example_types
from data_pipeline.tasks import splits
from data_pipeline.tasks.generation import baseline_texts
from data_pipeline.tasks.generation import output_details
from data_pipeline.tasks.generation import scripts
from data_pipeline.tasks.generation import text_metrics

ENGLISH = [
    ("The cat sat on the mat.", ("A cat sat on the mat.", "There is a cat.")),
    ("It rains today in London.", ("It is raining in London today.",)),
    ("He has gone away from here", ("He went away.",)),
    ("", ("Nothing was written.",)),
]
CHINESE = [
    ("问题是汤姆。", ("问题不是汤姆。",)),
    ("你的姓怎么读?", ("你的姓怎么读？",)),
]


def split_of(rows):
    examples = [
        example_types.WritingExample(str(n), f"text {n}", references)
        for n, (_, references) in enumerate(rows)
    ]
    return splits.Split("dev", "dev.tsv", examples, [e.id for e in examples])


def streams(rows):
    most = max(len(references) for _, references in rows)
    return [
        [own[n] if n < len(own) else None for _, own in rows]
        for n in range(most)
    ]


@pytest.mark.parametrize(
    ("rows", "tokenize"), [(ENGLISH, "13a"), (CHINESE, "zh")]
)
def test_they_equal_the_libraries(rows, tokenize):
    texts = [text for text, _ in rows]
    found = text_metrics.score(split_of(rows), texts)
    bleu = sacrebleu.corpus_bleu(texts, streams(rows), tokenize=tokenize)
    chrf = sacrebleu.corpus_chrf(texts, streams(rows))
    assert found["bleu"] == pytest.approx(bleu.score, abs=1e-9)
    assert found["chrf"] == pytest.approx(chrf.score, abs=1e-9)
    assert list(found) == list(text_metrics.NAMES)


def test_rouge_of_english_is_that_of_the_library():
    found = text_metrics.score(split_of(ENGLISH), [t for t, _ in ENGLISH])
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
    rows = [scorer.score_multi(list(own), text) for text, own in ENGLISH]
    for name in text_metrics.ROUGE:
        mean = 100 * np.mean([row[name].fmeasure for row in rows])
        assert found[name] == pytest.approx(mean)


def test_rouge_counts_letters_of_chinese():
    rows = [("问题是汤姆", ("问题不是汤姆",)), ("abc", ("问",))]
    found = text_metrics.score(split_of(rows), ["问题是汤姆", "问"])
    # 5 of 5 and 5 of 6 letters: F1 10/11; and all of one letter.
    assert found["rouge1"] == pytest.approx(100 * (10 / 11 + 1) / 2)


def test_accents_belong_to_words():
    assert scripts.words("L'Été, là-bas. 你好") == [
        *("l", "été", "là", "bas", "你", "好")
    ]
    french = scripts.of(["Vous êtes là."] * 3)
    assert french == scripts.Division("13a", False)
    assert scripts.of(["彼は学生です。"]).bleu == "char"
    assert scripts.of(["It's 5 o'clock!"]) == scripts.Division("13a", True)
    assert scripts.of(["12 34"]) == scripts.Division("13a", True)


def test_weights_count_rows_twice_or_not_at_all():
    rows = ENGLISH[:3]
    texts = [text for text, _ in rows]
    twice = [*rows, rows[1]]
    for name in text_metrics.NAMES:
        metric = text_metrics.metric(split_of(rows), texts, name)
        both, none = metric(np.array([[1.0, 2, 1], [0, 0, 0]]))
        repeated = text_metrics.metric(
            split_of(twice), [*texts, texts[1]], name
        )
        assert both == pytest.approx(repeated.value())
        assert np.isnan(none)


def test_details_name_the_worst_and_how_it_was_measured():
    texts = [text for text, _ in ENGLISH]
    details, worst = output_details.of(split_of(ENGLISH), texts)
    assert details["num_errors"] == 4
    assert worst[0]["prediction"] == "" and worst[0]["chrf"] == 0
    assert worst[0]["label"] == "Nothing was written."
    signatures = details["signatures"]
    assert "tok:13a" in signatures["bleu"]
    assert signatures["chrf"].startswith("nrefs:var")
    assert "rouge-score" in signatures["rouge"]


def test_baselines_take_no_model():
    rows = [("", ("b",)), ("", ("b",))]
    split = split_of(rows)
    found = list(baseline_texts.of(split, split))
    assert [guess.short for guess in found] == ["copy", "majority"]
    assert found[0].predicted == ["text 0", "text 1"]
    assert found[1].predicted == ["b", "b"] and found[1].trained_rows == 2
    assert baseline_texts.lead("It is 3.5 m. So what?") == "It is 3.5 m."
    assert baseline_texts.lead("先说一句。再说一句。") == "先说一句。"
    assert baseline_texts.lead("no end") == "no end"
