"""The report: rows of runs in, one page out."""

import html.parser
import re

import numpy as np
from reported_runs import RESULTS
from reported_runs import make_run
from reported_runs import row

from albert_tf.reporting import curves as curves_lib
from albert_tf.reporting import page as page_lib
from albert_tf.reporting import panels
from albert_tf.reporting import run_data


def page_of(*folders):
    return page_lib.page(run_data.read_runs(list(folders)))


def text_of(page):
    """What a reader sees in its tables, with ' | ' between the cells."""
    rows = re.findall("<tr>(.*?)</tr>", page, re.DOTALL)
    return [
        " | ".join(
            " ".join(re.sub("<[^>]+>", " ", cell).split())
            for cell in re.findall("<t[hd]>(.*?)</t[hd]>", found)
        )
        for found in rows
    ]


class TagCheck(html.parser.HTMLParser):
    """Collects what is open, where a page refers to, and its ids."""

    EMPTY = ("meta", "br")

    def __init__(self, page):
        super().__init__()
        self.open, self.references, self.ids, self.tags = [], [], [], set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "xlink:href"):
                self.references.append(value)
            if name == "id":
                self.ids.append(value)
            self.references += re.findall(r"url\(([^)]+)\)", value or "")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_runs_stand_side_by_side(tmp_path):
    first = make_run(tmp_path / "a/first", results=RESULTS)
    second = make_run(
        tmp_path / "a/second",
        settings={"learning_rate": 0.2, "config": {"hidden_size": 8}},
    )
    page = page_of(first, second)
    rows = text_of(page)
    assert "masked-LM loss (nats) | 2.500 unigram entropy 6.250 | 8.500" in rows
    assert "parameters | 11,813,810 | –" in rows
    assert "learning_rate | 0.1 | 0.2" in rows
    assert "config.hidden_size | – | 8" in rows
    assert "optimizer | lamb" in rows  # shared
    assert '<span class="best">2.500</span>' in page
    # Both runs' curves, training and held out, in one panel.
    (panel,) = panels.panels(run_data.read_runs([first, second]))["Learning"]
    assert [(line.kind, line.number) for line in panel.lines] == [
        ("train", 0),
        ("train", 1),
        ("eval", 0),
        ("eval", 1),
    ]
    assert panel.baselines == [6.25]


def test_what_was_evaluated_otherwise_is_not_ranked(tmp_path):
    page = page_of(
        make_run(tmp_path / "first", settings={"eval_records": ["a"]}),
        make_run(tmp_path / "second", settings={"eval_records": ["b"]}),
    )
    assert "these numbers are not comparable" in page
    assert 'class="best"' not in page


def test_the_page_is_whole_and_needs_nothing_else(tmp_path):
    folder = make_run(
        tmp_path / "run",
        [row(step, trust_ratio=1.0, gradient_norm=2.0) for step in range(9)],
        events=[{"step": 3, "event": "rollback", "to_step": 1}],
    )
    check = TagCheck(page_of(folder))
    assert not check.open
    assert not check.tags & {"script", "link", "img", "iframe"}
    assert check.references
    assert all(reference.startswith("#") for reference in check.references)
    assert len(set(check.ids)) == len(check.ids)
    assert {reference[1:] for reference in check.references} <= {*check.ids}


def test_text_of_a_run_is_no_markup(tmp_path):
    evil = "<script>alert('$x$')</script>&"
    folder = make_run(
        tmp_path / "<b>run",
        [row(1, **{evil: 1.0, f"group/{evil}": 2.0})],
        settings={evil: evil},
        events=[{"step": 1, "event": evil, "note": evil}],
        results={**RESULTS, evil: 1.0},
    )
    page = page_of(folder)
    assert "<script" not in page and "<b>run" not in page
    assert "&lt;script&gt;alert(&#x27;$x$&#x27;)&lt;/script&gt;&amp;" in page
    assert not TagCheck(page).open


def test_keys_with_a_slash_share_a_panel(tmp_path):
    few = {f"weight_norm/{name}": 1.0 for name in "abc"}
    many = {f"trust_ratio/v{number}": float(number) for number in range(1, 10)}
    folder = make_run(tmp_path / "run", [row(1, **few, **many)])
    found = panels.panels(run_data.read_runs([folder]))["Optimization"]
    spread, lines = sorted(found, key=lambda panel: panel.key)
    assert (spread.key, lines.key) == ("trust_ratio/", "weight_norm/")
    assert lines.legend == [(0, "a"), (1, "b"), (2, "c")]
    assert len(lines.lines) == 3 and not lines.numbers
    (line,) = spread.lines
    assert (line.low[0], line.curve.values[0], line.high[0]) == (1, 5, 9)
    assert spread.numbers[1] == ("v2", 2.0, 2.0, 2.0) and not spread.legend
    assert "v9 | 9.000 | 9.000 | 9.000" in text_of(page_of(folder))


def test_events_are_lines_and_a_table(tmp_path):
    folder = make_run(
        tmp_path / "run",
        events=[
            {"step": 3, "event": "rollback", "to_step": 2, "reason": "spike"},
            {"step": 4, "event": "resume"},
        ],
    )
    page = page_of(folder)
    assert "3 | run | rollback | to_step: 2, reason: spike" in text_of(page)
    assert re.search("<text[^>]*>rollback</text>", page)


def test_a_run_may_have_no_number_where_one_belongs(tmp_path):
    rows = [row(1), {**row(2), "mlm_loss": float("nan")}, row(3)]
    rows[2].update(gradient_norm=float("inf"), note="text", flag=True)
    folder = make_run(tmp_path / "run", rows)
    (run,) = run_data.read_runs([folder])
    assert {key for _, key in run.curves} == {"mlm_loss", "gradient_norm"}
    assert np.isnan(run.curves["train", "mlm_loss"].values).tolist() == [
        *(False, True, False)
    ]
    assert np.isnan(run.curves["train", "gradient_norm"].values).all()
    assert "<svg" in page_of(folder)


def test_a_line_that_is_being_written_is_left_out(tmp_path):
    folder = make_run(tmp_path / "run", [row(1)])
    with open(f"{folder}/metrics.jsonl", "a") as file:
        file.write('{"step": 2, "ki')
    (run,) = run_data.read_runs([folder])
    assert run.last_step == 1


def test_names_tell_runs_apart(tmp_path):
    folders = [make_run(tmp_path / part / "run") for part in ("a", "b")]
    names = [run.name for run in run_data.read_runs(folders)]
    assert names == ["a/run", "b/run"]


def test_a_long_run_makes_no_heavy_page(tmp_path):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=100_000)
    rows = [row(step, loss=value) for step, value in enumerate(noise)]
    page = page_of(make_run(tmp_path / "run", rows))
    assert len(page) < 300_000
    # Two vertices a pixel, and not a hundred.
    longest = max(re.findall(' d="([^"]*)"', page), key=len)
    assert longest.count("\n") <= curves_lib.MAX_POINTS + 1


def test_a_shallow_part_is_marked_and_is_not_the_best(tmp_path):
    rows = [
        row(0, "eval", num_layers=2),
        *(row(step, num_layers=2) for step in (10, 20)),
        {**row(20, "eval", num_layers=2), "mlm_loss": 4.0},
        *(row(step, num_layers=4) for step in (30, 40)),
        {**row(40, "eval", num_layers=4), "mlm_loss": 4.5},
    ]
    settings = {"config": {"num_hidden_layers": 4}}
    folder = make_run(tmp_path / "run", rows, settings=settings)
    (run,) = run_data.read_runs([folder])
    assert run.best == (40, 4.5)
    found = panels.panels([run])
    assert {panel.key for section in found.values() for panel in section} == {
        "mlm_loss"
    }
    (mark,) = found["Learning"][0].marks
    assert (mark.step, mark.label) == (20, "4 layers")
    page = page_lib.page([run])
    assert "layers" not in "".join(text_of(page)[:2])
    assert "Dotted: events." in page
    # While only shallow models have been evaluated, there is no best one.
    folder = make_run(tmp_path / "young", rows[:4], settings=settings)
    assert run_data.read_runs([folder])[0].best is None
