"""The amount of text that SentencePiece can train on in limited memory."""

import resource
import sys

# Bytes that SentencePiece's unigram trainer takes at its peak for each byte of
# text, a suffix array and what belongs to it. Measured, sentencepiece 0.2.3,
# resident memory of a process that does nothing else: 29.4 for 1 MB of novels,
# 24.5 for 4 MB, 22.9 for 30 MB (30,000 pieces: 22.8), and 30.0 where every
# sentence has two words.
TRAINER_BYTES_PER_BYTE = 32
# Seconds per byte, with 2 cores.
SECONDS_PER_BYTE = 0.6e-6
# Its suffix array counts with 32 bits.
LARGEST_SAMPLE = 2**31 - 2**20


def sample_bytes(limit_bytes: float, used_bytes: float) -> int:
    """Bytes of text that can be trained on under a memory limit.

    Raises:
        ValueError: the limit leaves room for less than 1 MB of text.
    """
    size = int((limit_bytes - used_bytes) / TRAINER_BYTES_PER_BYTE)
    if size < 1_000_000:
        least = (used_bytes + 1_000_001 * TRAINER_BYTES_PER_BYTE) / 1e9
        raise ValueError(
            "The memory limit must leave room for 1 MB of text. Received: "
            f"{limit_bytes / 1e9:.3g} GB. Give at least "
            f"--memory_limit_gb={least + 0.005:.2f}."
        )
    return min(size, LARGEST_SAMPLE)


def used() -> float:
    """Peak memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024.0
