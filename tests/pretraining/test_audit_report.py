"""The audit as people read it: rows, labels, notes and the whole command."""

import json

import pytest

from data_pipeline.commands import audit
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import audit_config
from data_pipeline.pretraining.audit import audit_records
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.audit import report
from data_pipeline.pretraining.audit import show
from data_pipeline.pretraining.audit import statistics
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import record_sets
from data_pipeline.text import tokenizers


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
    assert show.label(1, "sop", fixed=False) == "swapped"
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
        ("swapped", pytest.approx(0.2)),
        ("no question", 0.2),
    ]
    running_text = report.labels(
        {"no_question": 1.0}, {"orders": [0, 0]}, sentence_task="none"
    )
    assert [share for _, share in running_text] == [0, 0, 1]


def test_the_whole_audit(record_folder, tmp_path, capsys):
    config = audit_config.AuditConfig(
        input_file=record_folder / "*.tfrecord",
        output_dir=tmp_path / "audit",
        show=2,
    )
    audit._show(audit_records.audit_records(config))
    said = capsys.readouterr().out
    for words in ("row 0, ", "row 1, ", "[MASK:", "first", "n-grams of 3"):
        assert words in said
    assert "\033[" not in said
    content = json.loads((tmp_path / "audit/audit.json").read_text())
    made = manifests.read(str(record_folder))
    assert content["records"]["records"] == made.counts["records"]
    assert content["masks"]["rows"] == made.counts["records"]
    header = (tmp_path / "audit/audit.png").read_bytes()[:8]
    assert header == b"\x89PNG\r\n\x1a\n"
    with pytest.raises(FileExistsError, match="Nothing is overwritten"):
        audit_records.audit_records(config)


def test_part_of_a_set(record_folder):
    """Its manifest's rows for these files are promised, and no others."""
    found = audit_records.audit_records(
        audit_config.AuditConfig(
            input_file=record_folder / "part-00001*.tfrecord", sample_size=5
        )
    )
    made = manifests.read(str(record_folder))
    assert found.counts["records"] == made.shards[1]["records"]
    (records,) = [c for c in found.comparisons if "records, m" in c.what]
    assert records.promised == f"{made.shards[1]['records']:,}"
    assert records.advice is None
