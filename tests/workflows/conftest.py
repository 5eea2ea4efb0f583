"""Runs and models that several files of tests look at."""

import numpy as np
import published
import pytest


@pytest.fixture(scope="session")
def finished(command, tmp_path_factory, runs):
    """A finished run on one device, with what it printed."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    outcome = runs.run(command(folder, do_eval=True))
    assert outcome.returncode == 0, outcome.stderr
    return folder, outcome


@pytest.fixture(scope="session")
def make_published(vocabulary, sizes, tmp_path_factory):
    """Makes a published model that always gives the first of its classes."""

    def folder(*labels, class_name=None, first=0, **config):
        bias = np.full(len(labels), -4.0)
        bias[first] = 4.0
        return published.write(
            tmp_path_factory.mktemp("published") / "model",
            vocabulary,
            sizes,
            bias,
            class_name,
            **{**published.names(*labels), **config},
        )

    return folder
