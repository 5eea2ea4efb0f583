"""Settings that change during a run, given with their shares of the steps."""

import math
from typing import NamedTuple


class Span(NamedTuple):
    """Steps first_step + 1 to stop_step, for which a setting has a value."""

    value: int
    first_step: int
    stop_step: int


def parse(
    schedule: str, num_train_steps: int, *, flag: str, unit: str, example: str
) -> list[Span]:
    """Reads value:share pairs in the order of training.

        parse("128:0.9,512:0.1", 1000, ...) -> Span(128, 0, 900),
                                               Span(512, 900, 1000)

    Args:
        schedule: the pairs, with shares of `num_train_steps` that add up to 1.
        num_train_steps: number of steps of all spans together.
        flag: the flag that `schedule` was given with, for messages.
        unit: the name of a value, for messages.
        example: a valid schedule, for messages.
    Raises:
        ValueError: the schedule is malformed, has a value twice, or has a span
            without steps.
    """
    try:
        pairs = [pair.split(":") for pair in schedule.split(",")]
        values = [int(value) for value, _ in pairs]
        shares = [float(share) for _, share in pairs]
    except ValueError:
        values, shares = [], []
    if (
        not values
        or min(values) < 1
        or len(set(values)) < len(values)
        or not min(shares) > 0
        or not math.isclose(sum(shares), 1, abs_tol=1e-6)
    ):
        raise ValueError(
            f"--{flag} must be {unit}:share pairs, each {unit} once, with "
            f"shares that add up to 1, such as {example}. Received: "
            f"{schedule!r}."
        )
    stops = [
        round(num_train_steps * sum(shares[: place + 1]))
        for place in range(len(shares))
    ]
    spans = list(map(Span, values, [0, *stops], stops))
    for span in spans:
        if span.first_step == span.stop_step:
            raise ValueError(
                f"Each phase of --{flag} must be at least one step long. "
                f"Received: {schedule!r} for {num_train_steps} steps, none of "
                f"which has {unit} {span.value}. Give that {unit} a larger "
                "share."
            )
    return spans
