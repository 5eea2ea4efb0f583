"""Sampling: bounds, order, uniformity; long sentences lose nothing."""

import random

from data_pipeline.vocabulary import sampling

TEXTS = [f"sentence {n} of many" for n in range(20_000)]  # 18 to 23 bytes


def drawn(texts, max_bytes=40_000, seed=1):
    sample = sampling.Sample(max_bytes, seed)
    for text in texts:
        sample.add(text)
    return sample


def test_the_bound_holds_and_is_used():
    sample = drawn(TEXTS)
    size = sample.num_bytes
    kept = list(sample.drain())
    assert size == sum(len(text) + 1 for text in kept)
    assert 0.75 * 40_000 <= size <= 40_000
    assert len(sample) == 0 and not list(sample.drain())


def test_the_order_of_the_stream_does_not_matter_and_the_seed_does():
    shuffled = random.Random(0).sample(TEXTS, len(TEXTS))
    kept = list(drawn(TEXTS).drain())
    assert kept == list(drawn(shuffled).drain())
    other = set(drawn(TEXTS, seed=2).drain())
    # Independent: of 1,700 in 20,000 about 145 are in both.
    assert 80 < len(other.intersection(kept)) < 220


def test_every_part_of_the_stream_is_as_likely():
    sample = drawn(TEXTS, max_bytes=200_000)
    share = sample.limit
    kept = sorted(int(text.split()[1]) for text in sample.drain())
    for quarter in range(4):
        inside = [n for n in kept if n // 5_000 == quarter]
        # Standard deviation below 36.
        assert abs(len(inside) - 5_000 * share) < 150


def test_a_short_stream_is_kept_whole_with_its_repetitions():
    assert list(drawn(["b", "a", "b", "é"]).drain()) == ["a", "b", "b", "é"]


def test_split_long():
    assert sampling.split_long("four and twenty", 8) == ["four and", "twenty"]
    assert sampling.split_long("four and twenty", 7) == [
        *("four", "and", "twenty")
    ]
    assert sampling.split_long("short", 5) == ["short"]
    # Three bytes each, and no space to cut at.
    assert sampling.split_long("天地玄黄", 7) == ["天地", "玄黄"]
    text = "a é天𝄞 " * 5000
    parts = sampling.split_long(text.strip(), 100)
    assert max(len(part.encode()) for part in parts) <= 100
    assert " ".join(parts) == text.strip()
