"""Predictors of each kind."""

import functools

import pytest

from albert_tf.workflows.answering import predictor as predictor_lib
from albert_tf.workflows.answering import source as source_lib


@pytest.fixture(scope="session")
def source(trained):
    """Makes the source of a kind, once."""
    return functools.cache(lambda name: source_lib.find(str(trained(name))))


@pytest.fixture(scope="session")
def make(source):
    """Makes a predictor of a kind."""

    def make(name, **settings):
        return predictor_lib.Predictor(source(name), **settings)

    return make
