"""Progress of long work where nobody watches: lines in the log."""

from data_pipeline.io import progress


def test_lines_in_the_log(monkeypatch, caplog):
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN_LINES", -1)
    caplog.set_level("INFO", "absl")
    items = [[0] * 1000, [0] * 500]
    assert list(progress.watch(items, "rows", 2000, count=len)) == items
    assert list(progress.watch(items, "blocks")) == items
    assert caplog.messages == [
        "1,000 rows, 50% so far.",
        "1,500 rows, 75% so far.",
        "1 blocks so far.",
        "2 blocks so far.",
    ]


def test_not_more_than_a_line_now_and_then(caplog):
    caplog.set_level("INFO", "absl")
    assert len(list(progress.watch(range(100), "rows"))) == 100
    assert not caplog.messages
