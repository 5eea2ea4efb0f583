"""The settings that decide how documents are cut into examples."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting

SENTENCE_TASKS = ("sop", "nsp", "none")
SEGMENTS = ("strict", "google")


@dataclasses.dataclass(frozen=True, kw_only=True)
class SegmentsConfig(config.Config):
    """How documents become examples of one or two segments.

    Raises:
        ValueError: segments="google", which makes pairs, with
            sentence_task="none", which has no question about them.
    """

    max_seq_length: int = setting(
        512,
        "Maximum number of tokens per row, including special ones.",
        section="Records",
        minimum=8,
    )
    short_seq_prob: float = setting(
        0.1,
        "Share of rows to cut shorter, at a random length.",
        section="Records",
        minimum=0.0,
        maximum=1.0,
    )
    sentence_task: str = setting(
        "sop",
        "Question about the two segments of a row. sop: are two consecutive "
        "segments swapped? nsp: does the second follow the first, or does "
        "it come from elsewhere? none: no question, only running text.",
        section="Records",
        choices=SENTENCE_TASKS,
    )
    segments: str = setting(
        "strict",
        "How to cut segments. strict: they begin and end where sentences do. "
        "google: as google-research/albert does, where a chunk of one "
        "sentence gets a second segment from another document even with "
        "--sentence_task=sop.",
        section="Records",
        choices=SEGMENTS,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.segments == "google" and self.sentence_task == "none":
            raise ValueError(
                "--segments=google must be used with --sentence_task=sop or "
                "nsp, since it makes pairs. Received: --sentence_task=none. "
                "Leave --segments=google out."
            )
