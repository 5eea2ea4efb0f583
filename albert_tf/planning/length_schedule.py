"""Phases of training at different sequence lengths.

BERT was trained on rows of 128 tokens for 90% of its steps and on rows of 512
for the rest, since the cost of attention grows with the square of the length.

Source: Devlin et al. 2018, A.2.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Phase:
    """Steps first_step + 1 to stop_step, on rows of max_seq_length tokens."""

    max_seq_length: int
    first_step: int
    stop_step: int


def parse(schedule: str, num_train_steps: int) -> tuple[Phase, ...]:
    """Reads --sequence_schedule.

        parse("128:0.9,512:0.1", 1000) -> Phase(128, 0, 900),
                                          Phase(512, 900, 1000)

    Args:
        schedule: length:share pairs in the order of training, with shares of
            `num_train_steps` that add up to 1.
        num_train_steps: number of steps of all phases together.
    Raises:
        ValueError: the schedule is malformed, has a length twice, or has a
            phase without steps.
    """
    try:
        pairs = [pair.split(":") for pair in schedule.split(",")]
        lengths = [int(length) for length, _ in pairs]
        shares = [float(share) for _, share in pairs]
    except ValueError:
        lengths, shares = [], []
    if (
        not lengths
        or min(lengths) < 1
        or len(set(lengths)) < len(lengths)
        or not min(shares) > 0
        or abs(sum(shares) - 1) > 1e-6
    ):
        raise ValueError(
            "--sequence_schedule must be length:share pairs, each length once, "
            "with shares that add up to 1, such as 128:0.9,512:0.1. Received: "
            f"{schedule!r}."
        )
    stops = [
        round(num_train_steps * sum(shares[: phase + 1]))
        for phase in range(len(shares))
    ]
    phases = tuple(map(Phase, lengths, [0, *stops], stops))
    for phase in phases:
        if phase.first_step == phase.stop_step:
            raise ValueError(
                "Each phase of --sequence_schedule must be at least one step "
                f"long. Received: {schedule!r} for {num_train_steps} steps, "
                f"none of which has length {phase.max_seq_length}. Give that "
                "length a larger share."
            )
    return phases


def phase_of(phases: tuple[Phase, ...], step: int) -> Phase:
    """The phase of the step after `step`."""
    return next(phase for phase in phases if step < phase.stop_step)
