"""How much text SentencePiece can train on in limited memory."""

import resource
import sys

# Peak memory of SentencePiece's unigram trainer per byte of text, most of it
# for a suffix array. Measured with sentencepiece 0.2.3 as resident memory of a
# process that does nothing else: 29.4 for 1 MB of novels, 24.5 for 4 MB, 22.9
# for 30 MB (22.8 with 30,000 pieces), and 30.0 if every sentence has two words.
TRAINER_BYTES_PER_BYTE = 32
# Seconds per byte, with 2 cores.
SECONDS_PER_BYTE = 0.6e-6
# The suffix array has 32-bit indices.
LARGEST_SAMPLE = 2**31 - 2**20


def sample_bytes(limit_bytes: float, used_bytes: float) -> int:
    """Bytes of text that can be trained on within a memory limit.

    Raises:
        ValueError: the limit leaves room for less than 1 MB of text.
    """
    size = int((limit_bytes - used_bytes) / TRAINER_BYTES_PER_BYTE)
    if size < 1_000_000:
        least = (used_bytes + 1_000_001 * TRAINER_BYTES_PER_BYTE) / 1e9
        raise ValueError(
            "The memory limit must leave room for 1 MB of text. Received: "
            f"{limit_bytes / 1e9:.3g} GB. Pass at least "
            f"--memory_limit_gb={least + 0.005:.2f}."
        )
    return min(size, LARGEST_SAMPLE)


def used() -> float:
    """Peak memory of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024.0
