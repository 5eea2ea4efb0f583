"""The audit: counts by hand, planted faults, and what a person reads."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import mask_promises
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.audit import promises
from data_pipeline.pretraining.audit import report
from data_pipeline.pretraining.audit import show
from data_pipeline.pretraining.audit import statistics
from data_pipeline.pretraining.building import masked_records
from data_pipeline.pretraining.records import columns
from data_pipeline.pretraining.records import examples as examples_lib
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers

LENGTH = 32


def write_set(folder, vocabulary, examples, documents=None, **settings):
    """A record set of these examples; documents: a hash or None for each."""
    tokenizer = tokenizers.load(vocabulary)
    tokenizer.save(folder)
    documents = documents or [None] * len(examples)
    shard = tfrecords.write_shard(
        str(folder / "part-00000-of-00001.tfrecord"),
        [
            (records.serialize(e, document), records.row_tokens(e))
            for e, document in zip(examples, documents, strict=True)
        ],
    )
    made = manifests.Manifest(
        settings={"max_seq_length": LENGTH, **settings},
        tokenizer=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        inputs={},
        counts={
            "documents": sum(d is not None for d in documents),
            "records": len(examples),
        },
        shards=[shard],
    )
    manifests.write(str(folder), made)
    return record_sets.open_records(str(folder / "*.tfrecord"), LENGTH)


def count(record_set):
    return statistics.count_records(columns.read(record_set), LENGTH)


def mask(record_set, number=1000, **settings):
    spec = mask_spec.from_config(
        mask_config.MaskConfig(**settings), record_set.tokenizer
    )
    masked = masked_rows.read_rows(record_set, spec, seed=1, count=number)
    return spec, statistics.count_masks(
        masked, max_seq_length=LENGTH, spec=spec
    )


def off(record_set, **settings):
    """What is off in a record set."""
    manifest = record_set.manifest
    counts = count(record_set)
    spec, masks = mask(record_set, **settings)
    made = {name: manifest.counts[name] for name in ("records", "documents")}
    findings = promises.compare(
        counts, masks, settings=manifest.settings, made=made, spec=spec
    )
    return {finding.what for finding in findings if finding.advice}


def sound_examples(number, vocabulary, **changes):
    """Examples with 2 segments of 10 to 14 words of one token each."""
    tokenizer = tokenizers.load(vocabulary)
    words = 13 + np.flatnonzero(tokenizer.starts_word[13:])
    rng = np.random.default_rng(0)
    return [
        examples_lib.Example(
            rng.choice(words, size).tolist(), size // 2, **changes
        )
        for size in rng.integers(20, 29, number).tolist()
    ]


def test_columns_counted_by_hand():
    block = columns.make(
        ids=np.array([7, 1, 9, 9, 7, 1, 9, 1, 7, 9]),
        lengths=np.array([3, 1, 3, 3]),
        first=np.array([1, 1, 1, 1]),
        order=np.array([-1, -1, -1, -1]),
        documents=np.array([-1, 5, -1, -1]),
        unk_id=1,
    )
    assert block.tokens.tolist() == [6, 3, 6, 6]
    assert block.has_second.tolist() == [True, False, True, True]
    assert block.unknown.tolist() == [1, 0, 1, 1]
    # The third is the first again; the fourth holds the same in other order.
    assert block.hashes[0] == block.hashes[2]
    assert len(set(block.hashes.tolist())) == 3


def test_records_counted_by_hand(tmp_path, vocabulary):
    examples = [
        examples_lib.Example([20, 21, 22, 23], 2),
        examples_lib.Example([20, 21, 22, 23], 2),  # again
        examples_lib.Example([20, 21, 22], 3),  # one segment
        examples_lib.Example([1, 20, 21, 22, 23], 2, 1),  # <unk>, a fixed label
    ]
    record_set = write_set(tmp_path, vocabulary, examples, [9, 9, None, 5])
    counts = count(record_set)
    assert counts["records"] == 4 and counts["documents"] == 3
    # Rows of 7, 7, 5 and 8 tokens.
    assert counts["tokens"] == 27
    assert {n: c for n, c in enumerate(counts["lengths"]) if c} == {
        **{5: 1, 7: 2, 8: 1}
    }
    assert counts["padding"] == pytest.approx(1 - 27 / (4 * LENGTH))
    assert counts["unknown"] == 1 / 16
    assert counts["no_question"] == 1 / 4
    assert counts["fixed_orders"] == [0, 1]
    assert counts["duplicate_records"] == 1 / 4
    assert counts["duplicate_documents"] == pytest.approx(1 / 3)
    assert not counts["duplicates_are_estimates"]


def test_rows_are_those_of_training(record_folder):
    record_set = record_sets.open_records(str(record_folder / "*.tfrecord"), 64)
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=10), record_set.tokenizer
    )
    read = list(masked_rows.read_rows(record_set, spec, seed=3, count=30))
    batches, _ = batching.evaluation_batches(
        record_set, spec, batch_size=30, seed=3, max_batches=1
    )
    batch = next(batches.as_numpy_iterator())
    assert len(read) == 30
    for i, row in enumerate(read):
        length = len(row.tokens)
        assert row.masked == batch["token_ids"][i, :length].tolist()
        assert row.order == batch["sentence_order"][i]
        assert row.tokens[row.first - 1] == record_set.tokenizer.sep_id
        assert row.straddling == 0
        assert not row.is_fixed
        assert len(row.positions) >= sum(row.ngrams)
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=20, masking="google"),
        record_set.tokenizer,
    )
    read = masked_rows.read_rows(record_set, spec, seed=3, count=200)
    assert sum(row.straddling for row in read) > 0


def test_masks_counted_by_hand(vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=3), tokenizer
    )
    row = masked_rows.Row(
        tokens=[2, 20, 21, 22, 3, 23, 24, 25, 3],
        masked=[2, 4, 21, 30, 3, 23, 24, 25, 3],
        positions=[1, 2, 3],
        first=5,
        order=1,
        is_fixed=False,
        ngrams=[1, 2],
        straddling=0,
    )
    counts = statistics.count_masks([row], max_seq_length=10, spec=spec)
    assert counts["mask_rate"] == 3 / 9
    # round(9 * 0.15) = 1
    assert counts["mask_budget"] == 1 / 9
    assert counts["masked_per_row"] == [0, 0, 0, 1]
    assert counts["fates"] == [1 / 3, 1 / 3, 1 / 3]
    assert counts["ngram_shares"] == [0.5, 0.5, 0]
    assert counts["orders"] == [0, 1]
    assert counts["rate_by_position"] == [0, 1, 1, 1, 0, 0, 0, 0, 0, None]


def test_few_kept_hashes_tell_the_share_of_duplicates():
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 100_000, np.uint64)
    hashes = np.concatenate([hashes, hashes[:25_000]])  # a fifth are copies
    rng.shuffle(hashes)
    exact, estimate = statistics.Duplicates(), statistics.Duplicates(5_000)
    for block in np.array_split(hashes, 50):
        exact.add(block)
        estimate.add(block)
    assert exact.share() == pytest.approx(0.2) and not exact.is_estimate
    assert estimate.is_estimate
    assert estimate.share() == pytest.approx(0.2, abs=0.02)
    assert statistics.Duplicates().share() == 0


def test_a_sound_set_gives_no_warning(tmp_path, vocabulary):
    examples = sound_examples(1000, vocabulary)
    documents = [n if n % 10 == 0 else None for n in range(1000)]
    record_set = write_set(tmp_path, vocabulary, examples, documents)
    assert off(record_set) == set()
    assert off(record_set, favor_shorter_ngram=False, ngram=4) == set()
    assert off(record_set, masking="google") == set()


def test_planted_faults_are_found(tmp_path, vocabulary):
    examples = sound_examples(940, vocabulary)
    examples += examples[:40]  # 4% again
    examples += [examples_lib.Example([20, 1], 1)] * 20  # <unk>; all the same
    documents = [n % 500 for n in range(1000)]
    record_set = write_set(tmp_path, vocabulary, examples, documents)
    assert off(record_set) == {"duplicate records", "duplicate documents"}

    (tmp_path / "b").mkdir()
    examples = sound_examples(300, vocabulary, sentence_order=1)
    examples += [
        examples_lib.Example([20 + n % 40, 14 + n // 40, 1], 3)
        for n in range(300)
    ]
    record_set = write_set(tmp_path / "b", vocabulary, examples)
    assert off(record_set) == {
        "<unk> among tokens",
        "rows without a question",
        "label 1 (exchanged, or not the next)",
    }


def test_labels_by_the_rules_of_a_set(tmp_path, vocabulary):
    exchanged = sound_examples(300, vocabulary, sentence_order=1)
    google = {"sentence_task": "sop", "segments": "google"}
    for name, settings, expected in (
        ("google", google, set()),  # promises no less than a half
        (
            "nsp",
            {"sentence_task": "nsp"},
            {"label 1 (exchanged, or not the next)"},
        ),
        ("none", {"sentence_task": "none"}, {"rows with a question"}),
    ):
        (tmp_path / name).mkdir()
        record_set = write_set(
            tmp_path / name, vocabulary, exchanged, **settings
        )
        assert off(record_set) == expected, name


def test_every_promise_can_be_broken(tmp_path, vocabulary):
    record_set = write_set(
        tmp_path, vocabulary, sound_examples(1000, vocabulary)
    )
    counts = count(record_set)
    spec, masks = mask(record_set)

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


def test_a_row_to_read(vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    pieces = {piece: i for i, piece in enumerate(tokenizer.pieces)}
    starts = [p for p in tokenizer.pieces[13:] if len(p) > 1 and p[0] == "▁"]
    tail = next(p for p in tokenizer.pieces[13:] if p[0] != "▁")
    old, other = starts[:2]
    ids = [pieces[p] for p in (old, tail, other, old, other)]
    row = masked_rows.Row(
        tokens=[2, *ids[:3], 3, *ids[3:], 3],
        masked=[2, ids[0], 4, ids[2], 3, ids[4], ids[4], 3],
        positions=[2, 5, 6],
        first=5,
        order=0,
        is_fixed=False,
        ngrams=[1, 1, 1],
        straddling=0,
    )
    old, other = old[1:], other[1:]
    assert show.render(row, tokenizer, title="row 0").splitlines() == [
        "row 0: 8 tokens, 3 masked (37.5%)",
        f"first   {old}[MASK:{tail}] {other}",
        f"second  [RANDOM:{old}>{other}] [KEPT:{other}]",
    ]
    colored = show.render(row, tokenizer, title="row 0", color=True)
    assert f"\033[33m[MASK:{tail}]\033[0m" in colored
    narrow = show.render(row, tokenizer, title="", width=12).splitlines()
    assert len(narrow) == 5  # a word a line


def test_labels_in_words():
    assert show.label(1, "sop", fixed=False) == "exchanged"
    assert show.label(1, "sop", fixed=True) == "random next"
    assert show.label(1, "nsp", fixed=True) == "random next"
    assert show.label(0, "sop", fixed=False) == "in order"
    assert show.label(-1, "none", fixed=False) == "no question"


def test_a_mask_rate_that_is_held_down_is_said(record_folder):
    record_set = record_sets.open_records(str(record_folder / "*.tfrecord"), 64)
    notes = {}
    for most in (2, 20):
        spec = mask_spec.from_config(
            mask_config.MaskConfig(max_predictions_per_seq=most),
            record_set.tokenizer,
        )
        masked = masked_rows.read_rows(record_set, spec, seed=1, count=50)
        notes[most] = report.cap(
            statistics.count_masks(masked, max_seq_length=64, spec=spec), spec
        )
    assert (
        "15% of the tokens" in notes[2]
        and "limits that to 2 per row" in notes[2]
    )
    assert notes[20] is None


def test_labels_are_shares_of_all_rows():
    shares = report.labels(
        {"no_question": 0.2}, {"orders": [30, 10]}, sentence_task="sop"
    )
    assert shares == [
        ("in order", pytest.approx(0.6)),
        ("exchanged", pytest.approx(0.2)),
        ("no question", 0.2),
    ]
    running_text = report.labels(
        {"no_question": 1.0}, {"orders": [0, 0]}, sentence_task="none"
    )
    assert [share for _, share in running_text] == [0, 0, 1]


def test_runs_of_masked_words(vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    spec = mask_spec.from_config(mask_config.MaskConfig(), tokenizer)
    word = 13 + int(np.argmax(tokenizer.starts_word[13:]))
    tail = 13 + int(np.argmin(tokenizer.starts_word[13:]))
    tokens = [2, word, tail, word, word, 3, word, word, word, 3]
    # A word of two pieces and one more; then one on each side of [SEP].
    assert masked_rows.runs(tokens, [1, 2, 3], spec) == ([2], 0)
    assert masked_rows.runs(tokens, [1, 4, 6], spec) == ([1, 2], 1)
    assert masked_rows.runs(tokens, [1, 3, 6, 8], spec) == ([1, 1, 1, 1], 0)
    assert masked_rows.runs(tokens, [], spec) == ([], 0)


@pytest.mark.slow
def test_records_with_masks_on_disk(tmp_path, vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=6, masking="google"),
        tokenizer,
    )
    examples = [
        *sound_examples(300, vocabulary),
        *sound_examples(10, vocabulary, sentence_order=1),
        examples_lib.Example([20, 1, 21], 3),
    ]
    serialized = masked_records.serialize(
        examples,
        spec,
        randomness.fold(7, np.arange(len(examples))),
        max_seq_length=LENGTH,
    )
    path = tmp_path / "masked.tfrecord"
    path.write_bytes(
        b"".join(map(tfrecords.frame, [*serialized, serialized[0]]))
    )
    record_set = record_sets.open_records(
        str(path), None, vocabulary=str(vocabulary)
    )
    counts = count(record_set)
    assert counts["records"] == 312
    lengths = [records.row_tokens(example) for example in examples]
    assert counts["tokens"] == sum(lengths) + lengths[0]
    assert counts["no_question"] == 1 / 312
    assert counts["duplicate_records"] == pytest.approx(1 / 312)
    # Masked or not, the one <unk> is found.
    assert counts["unknown"] == 1 / (counts["tokens"] - 3 * 312 + 1)
    read = list(masked_rows.read_rows(record_set, spec, seed=0, count=400))
    assert len(read) == 312
    assert sorted(read[5].tokens[1 : read[5].first - 1]) in (
        sorted(examples[5].token_ids[: examples[5].first_length]),
        sorted(examples[5].token_ids[examples[5].first_length :]),
    )

    flags = {"input_file": path, "show": 1}
    outcome = run(**flags)
    assert outcome.returncode == 1
    assert "--spm_model_file must be given" in outcome.stderr
    outcome = run(
        **flags, spm_model_file=vocabulary, output_dir=tmp_path / "audit"
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "runs of 3 or more" in outcome.stdout
    assert "50% or more" in outcome.stdout
    assert (tmp_path / "audit/audit.png").exists()


def run(**flags):
    return subprocess.run(
        [
            *(sys.executable, "-m", "data_pipeline.pretraining.audit"),
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        capture_output=True,
        text=True,
    )


def test_the_command(record_folder, tmp_path):
    flags = {
        "input_file": record_folder / "*.tfrecord",
        "output_dir": tmp_path / "audit",
        "show": 2,
    }
    outcome = run(**flags)
    assert outcome.returncode == 0, outcome.stderr
    for words in ("row 0, ", "row 1, ", "[MASK:", "first", "n-grams of 3"):
        assert words in outcome.stdout
    assert "\033[" not in outcome.stdout
    content = json.loads((tmp_path / "audit/audit.json").read_text())
    made = manifests.read(str(record_folder))
    assert content["records"]["records"] == made.counts["records"]
    assert content["masks"]["rows"] == made.counts["records"]
    header = (tmp_path / "audit/audit.png").read_bytes()[:8]
    assert header == b"\x89PNG\r\n\x1a\n"
    again = run(**flags)
    assert again.returncode == 1 and "Nothing is overwritten" in again.stderr
    assert "Traceback" not in again.stderr

    # Part of a set: what its manifest says of these files is looked at.
    outcome = run(
        input_file=record_folder / "part-00001*.tfrecord", sample_size=5
    )
    assert outcome.returncode == 0, outcome.stderr
    shard = made.shards[1]["records"]
    assert f"{shard:,}" in outcome.stdout
    assert "records, manifest: promised" not in outcome.stderr


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
