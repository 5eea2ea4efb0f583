"""Models that are saved for conversion."""

import pytest
from convertible import random_model
from convertible import values_of


@pytest.fixture
def saved(tmp_path):
    """Saves a random model of a head; its path and weights."""

    def save(head, **config):
        model = random_model(head, **config)
        model.save(tmp_path / "model.keras")
        return tmp_path / "model.keras", values_of(model)

    return save
