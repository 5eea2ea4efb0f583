"""Presets of a classifier."""

import shutil

import pytest
from keras_hub_presets import write_preset


@pytest.fixture(scope="session")
def classifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset") / "classifier"
    write_preset(folder, "AlbertTextClassifier", activation="linear")
    return folder


@pytest.fixture
def folder(classifier, tmp_path):
    """A whole preset of a classifier, to be damaged."""
    return shutil.copytree(classifier, tmp_path / "preset")
