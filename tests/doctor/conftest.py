"""Findings that a test fills."""

import pytest

from albert_tf.doctor import findings


@pytest.fixture
def found():
    return findings.Findings((ValueError, OSError))
