"""Many cases of one thing: some in every run of the tests, all in slow ones."""

import pytest


def after(count: int, cases: list[tuple]) -> list:
    """The cases, those after the first `count` marked slow."""
    slow = [pytest.param(*case, marks=pytest.mark.slow) for case in cases]
    return [*cases[:count], *slow[count:]]
