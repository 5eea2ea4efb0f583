"""Records and what their settings promise: planted faults are found."""

import re

import audited_sets
import pytest

from data_pipeline.pretraining.audit import mask_promises
from data_pipeline.pretraining.audit import promises
from data_pipeline.pretraining.records import examples


def test_a_sound_set_gives_no_warning(tmp_path, vocabulary):
    made = audited_sets.sound_examples(1000, vocabulary)
    documents = [n if n % 10 == 0 else None for n in range(1000)]
    record_set = audited_sets.write_set(tmp_path, vocabulary, made, documents)
    assert audited_sets.off(record_set) == set()
    assert (
        audited_sets.off(record_set, favor_shorter_ngram=False, ngram=4)
        == set()
    )
    assert audited_sets.off(record_set, masking="google") == set()


def test_planted_faults_are_found(tmp_path, vocabulary):
    made = audited_sets.sound_examples(940, vocabulary)
    made += made[:40]  # 4% again
    made += [examples.Example([20, 1], 1)] * 20  # <unk>; all the same
    documents = [n % 500 for n in range(1000)]
    record_set = audited_sets.write_set(tmp_path, vocabulary, made, documents)
    assert audited_sets.off(record_set) == {
        "duplicate records",
        "duplicate documents",
    }

    (tmp_path / "b").mkdir()
    made = audited_sets.sound_examples(300, vocabulary, sentence_order=1)
    made += [
        examples.Example([20 + n % 40, 14 + n // 40, 1], 3) for n in range(300)
    ]
    record_set = audited_sets.write_set(tmp_path / "b", vocabulary, made)
    assert audited_sets.off(record_set) == {
        "<unk> among tokens",
        "rows without a question",
        "label 1 (swapped, or not the next)",
    }


def test_labels_by_the_rules_of_a_set(tmp_path, vocabulary):
    swapped = audited_sets.sound_examples(300, vocabulary, sentence_order=1)
    google = {"sentence_task": "sop", "segments": "google"}
    for name, settings, expected in (
        ("google", google, set()),  # promises no less than a half
        (
            "nsp",
            {"sentence_task": "nsp"},
            {"label 1 (swapped, or not the next)"},
        ),
        ("none", {"sentence_task": "none"}, {"rows with a question"}),
    ):
        (tmp_path / name).mkdir()
        record_set = audited_sets.write_set(
            tmp_path / name, vocabulary, swapped, **settings
        )
        assert audited_sets.off(record_set) == expected, name


def test_every_promise_can_be_broken(tmp_path, vocabulary):
    record_set = audited_sets.write_set(
        tmp_path, vocabulary, audited_sets.sound_examples(1000, vocabulary)
    )
    counts = audited_sets.count(record_set)
    spec, masks = audited_sets.mask(record_set)

    def broken(made=None, **changes):
        findings = promises.compare(
            {**counts, **changes},
            {**masks, **{k: changes[k] for k in masks.keys() & changes}},
            settings={},
            made=made or {},
            spec=spec,
        )
        return {finding.what for finding in findings if finding.advice}

    assert broken() == set()
    assert broken(made={"records": 1000}) == set()
    assert broken(made={"records": 1001}) == {"records, manifest"}
    made = {"documents": 100}
    assert broken(made, documents=99) == set()
    assert broken(made, documents=98) == {"documents, manifest"}
    assert broken(made, documents=101) == {"documents, manifest"}
    assert broken(mask_rate=masks["mask_rate"] * 0.95) == {"mask rate"}
    assert broken(straddling=1) == {"n-grams across [SEP]"}
    assert broken(fates=[0.75, 0.15, 0.1]) == {"masked: [MASK]", "masked: kept"}
    assert broken(short_rows=0.3) == {"rows under 1/8 of the length"}
    # One word only, though up to three are asked for.
    assert broken(ngram_shares=[1.0, 0.0, 0.0]) == {"n-grams of 1"}
    assert broken(duplicate_records=0.02, duplicates_are_estimates=True) == {
        "about duplicate records"
    }


def test_promised_shares_of_ngrams():
    assert mask_promises.ngram_shares(3, True) == pytest.approx(
        [6 / 11, 3 / 11, 2 / 11]
    )
    assert mask_promises.ngram_shares(2, False) == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize(
    "text, length, share, advice",
    [
        # The demo's: Wikipedia's sentences in pieces of a small vocabulary.
        ((83, 15_073, 562_177), 64, 0.725, ""),
        ((83, 15_073, 562_177), 64, 0.77, "37 tokens.*_length=115 or more"),
        ((83, 15_073, 562_177), 128, 0.147, ""),
        ((83, 15_073, 562_177), 128, 0.26, "There is room for two.*--show"),
        # Paragraphs that nobody split.
        ((83, 3000, 562_177), 128, 0.98, "187 tokens.*split into sentences"),
        ((1000, 1001, 20_000), 64, 0.98, "have 1.0 .*--sentence_task=none"),
        (None, 64, 0.26, "Is the text split into sentences"),
    ],
)
def test_rows_without_a_question_by_the_room_for_sentences(
    text, length, share, advice
):
    names = ("documents", "sentences", "tokens")
    (finding,) = promises._orders(
        {"no_question": share, "fixed_orders": [0, 0]},
        {"orders": [0, 0]},
        {"max_seq_length": length},
        dict(zip(names, text, strict=True)) if text else {},
    )
    assert bool(finding.advice) == bool(advice)
    assert re.search(advice, finding.advice or "")
