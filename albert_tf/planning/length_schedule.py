"""Phases of training at different sequence lengths.

BERT was trained on rows of 128 tokens for 90% of its steps and on rows of 512
for the rest, since the cost of attention grows with the square of the length.

Source: Devlin et al. 2018, A.2.
"""

import dataclasses

from albert_tf.planning import shares


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
    spans = shares.parse(
        schedule,
        num_train_steps,
        flag="sequence_schedule",
        unit="length",
        example="128:0.9,512:0.1",
    )
    return tuple(Phase(*span) for span in spans)


def phase_of(phases: tuple[Phase, ...], step: int) -> Phase:
    """The phase of the step after `step`."""
    return next(phase for phase in phases if step < phase.stop_step)
