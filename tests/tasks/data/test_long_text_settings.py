"""Which settings of long texts fit a task and the length of its rows."""

import pytest

from data_pipeline.tasks import kinds
from data_pipeline.tasks.configs import fitted_rows
from data_pipeline.tasks.configs import task_config
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.saved import remembered


def fitted(kind="classification", max_seq_length=32, **settings):
    return fitted_rows.fitted(
        task_config.TaskConfig(**settings),
        kinds.custom_task(kind),
        max_seq_length,
    )


def test_windows_start_three_quarters_of_a_row_apart():
    assert fitted(long_texts="windows").doc_stride == 24
    assert fitted(long_texts="windows", max_seq_length=8).doc_stride == 6
    given = fitted(long_texts="windows", doc_stride=7)
    assert given.doc_stride == 7
    assert remembered.given(given, with_places=False) == {
        "long_texts": "windows",
        "doc_stride": 7,
    }
    assert fitted(long_texts="head_tail").doc_stride == 128


@pytest.mark.parametrize("kind", ["regression", "multilabel"])
def test_other_kinds_of_texts_have_them_too(kind):
    for way in ("head_tail", "windows"):
        assert fitted(kind, long_texts=way).long_texts == way


@pytest.mark.parametrize(
    "kind", ["tagging", "span", "multiple_choice", "embedding"]
)
@pytest.mark.parametrize("way", ["head_tail", "windows"])
def test_kinds_without_a_choice_are_refused(kind, way):
    said = (
        f"--long_texts={way} must be used with tasks of these kinds only: "
        "classification, multilabel, regression. Received: custom, whose kind "
        f"is {kind}"
    )
    with pytest.raises(ValueError, match=said):
        fitted(kind, long_texts=way)
    fitted(kind)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"doc_stride": 31}, "--doc_stride must not be above .* at most 30"),
        ({"pack": True}, "Only one of --pack and --long_texts=windows"),
        ({"max_windows": 0}, "--max_windows must be at least 1"),
        ({"doc_stride": 0}, "--doc_stride must be at least 1"),
    ],
    ids=["stride", "pack", "max_windows", "no_stride"],
)
def test_windows_with_gaps_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        fitted(long_texts="windows", **settings)


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="--long_texts must be one of cut"):
        task_config.TaskConfig(long_texts="middle")


def test_batches_have_lengths_for_windows():
    config = task_config.TaskConfig(long_texts="windows", max_windows=3)
    assert from_config.lengths(config, 32, False) == (16, 32, 64, 96)
    config = task_config.TaskConfig(max_windows=3)
    assert from_config.lengths(config, 32, False) == (16, 32)
