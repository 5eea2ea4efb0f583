"""Statistics of records and masks, counted by hand."""

import dataclasses

import audited_sets
import numpy as np
import pytest

from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.audit import audit_config
from data_pipeline.pretraining.audit import audit_records
from data_pipeline.pretraining.audit import masked_rows
from data_pipeline.pretraining.audit import report
from data_pipeline.pretraining.audit import statistics
from data_pipeline.pretraining.building import masked_records
from data_pipeline.pretraining.records import columns
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features as records
from data_pipeline.pretraining.records import randomness
from data_pipeline.pretraining.records import record_sets
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers


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
    made = [
        examples.Example([20, 21, 22, 23], 2),
        examples.Example([20, 21, 22, 23], 2),  # again
        examples.Example([20, 21, 22], 3),  # one segment
        examples.Example([1, 20, 21, 22, 23], 2, 1),  # <unk>, a fixed label
    ]
    record_set = audited_sets.write_set(
        tmp_path, vocabulary, made, [9, 9, None, 5]
    )
    counts = audited_sets.count(record_set)
    assert counts["records"] == 4 and counts["documents"] == 3
    # Rows of 7, 7, 5 and 8 tokens.
    assert counts["tokens"] == 27
    assert {n: c for n, c in enumerate(counts["lengths"]) if c} == {
        **{5: 1, 7: 2, 8: 1}
    }
    assert counts["padding"] == pytest.approx(
        1 - 27 / (4 * audited_sets.LENGTH)
    )
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


def test_records_with_masks_on_disk(tmp_path, vocabulary):
    tokenizer = tokenizers.load(vocabulary)
    spec = mask_spec.from_config(
        mask_config.MaskConfig(max_predictions_per_seq=6, masking="google"),
        tokenizer,
    )
    made = [
        *audited_sets.sound_examples(300, vocabulary),
        *audited_sets.sound_examples(10, vocabulary, sentence_order=1),
        examples.Example([20, 1, 21], 3),
    ]
    serialized = masked_records.serialize(
        made,
        spec,
        randomness.fold(7, np.arange(len(made))),
        max_seq_length=audited_sets.LENGTH,
    )
    path = tmp_path / "masked.tfrecord"
    path.write_bytes(
        b"".join(map(tfrecords.frame, [*serialized, serialized[0]]))
    )
    record_set = record_sets.open_records(
        str(path), None, vocabulary=str(vocabulary)
    )
    counts = audited_sets.count(record_set)
    assert counts["records"] == 312
    lengths = [records.row_tokens(example) for example in made]
    assert counts["tokens"] == sum(lengths) + lengths[0]
    assert counts["no_question"] == 1 / 312
    assert counts["duplicate_records"] == pytest.approx(1 / 312)
    # Masked or not, the one <unk> is found.
    assert counts["unknown"] == 1 / (counts["tokens"] - 3 * 312 + 1)
    read = list(masked_rows.read_rows(record_set, spec, seed=0, count=400))
    assert len(read) == 312
    assert sorted(read[5].tokens[1 : read[5].first - 1]) in (
        sorted(made[5].token_ids[: made[5].first_length]),
        sorted(made[5].token_ids[made[5].first_length :]),
    )

    config = audit_config.AuditConfig(input_file=path)
    with pytest.raises(ValueError, match="--spm_model_file must be given"):
        audit_records.audit_records(config)
    found = audit_records.audit_records(
        dataclasses.replace(
            config, spm_model_file=vocabulary, output_dir=tmp_path / "audit"
        )
    )
    table = report.table(found.comparisons, found.masks["rows"])
    assert "runs of 3 or more" in table
    assert "50% or more" in table
    assert (tmp_path / "audit/audit.png").exists()
