"""The notebooks of docs/notebooks/: as saved, and run from top to bottom."""

import ast
import json
import pathlib
import re
import subprocess
import sys

import nbformat
import pytest

from docs import run_notebooks

ROOT = pathlib.Path(__file__).parent.parent.parent
PATHS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in PATHS]
OTHERS = [name for name in NAMES if name != run_notebooks.PRETRAINING]
# Paths, addresses of objects, and lines of TensorFlow and of progress bars.
DEBRIS = (
    r"(?<![\w.:/<~])/(?:home|root|tmp|work|usr|opt|mnt|content)/",
    r"\bat 0x[0-9a-f]+",
    r"\b[IWE]0000 |INFO:",
    r"Warning\b",
    r"Traceback",
    r"it/s\b|█",
    r"localhost|127\.0\.0\.1:(?!8501)",
)


@pytest.fixture(params=PATHS, ids=NAMES)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def codes(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook):
    """What a person reads of the outputs."""
    for cell in codes(notebook):
        for output in cell.outputs:
            yield output.get("text", "")
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield value


def test_files_are_valid_and_small(path):
    content = json.loads(path.read_text())
    nbformat.validate(content)
    assert content["nbformat_minor"] >= 5  # cells have ids
    ids = [cell["id"] for cell in content["cells"]]
    assert len({*ids}) == len(ids)
    # As a person gave them: they stay when the notebook runs again.
    assert all(re.fullmatch("[a-z][a-z-]+", name) for name in ids)
    assert path.stat().st_size < 500_000


def test_title_then_installation_then_imports(notebook):
    title, install, imports = notebook.cells[:3]
    assert title.cell_type == "markdown" and title.source.startswith("# ")
    assert "minute" in title.source  # how long it takes
    assert install.source.startswith("%pip install -q ")
    assert len(install.source.splitlines()) == 1
    assert install.metadata.tags == ["install"] and not install.outputs
    names = [
        name.name
        for node in ast.parse(imports.source).body
        if isinstance(node, ast.Import)
        for name in node.names
    ]
    if "tensorflow" in names:
        assert names.index("albert_tf") < names.index("tensorflow")


def test_metadata_is_that_of_no_machine(notebook):
    assert notebook.metadata == run_notebooks.METADATA
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}


def test_outputs_are_there_and_in_order(notebook):
    run = codes(notebook)[1:]
    counts = [cell.execution_count for cell in run]
    assert counts == [*range(1, len(run) + 1)]
    shown = [output for cell in run for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert all(output.output_type != "error" for output in shown)
    assert all(output.get("name") != "stderr" for output in shown)


def test_outputs_show_nothing_of_the_machine(notebook):
    for text in texts(notebook):
        for pattern in DEBRIS:
            assert not re.search(pattern, text), text


def test_outputs_of_another_model_say_so(notebook):
    if "albert-base-v2" in "".join(cell.source for cell in codes(notebook)):
        words = " ".join(cell.source for cell in notebook.cells).split()
        said = "**The outputs on this page are not those of `albert-base-v2`.**"
        assert said in " ".join(words)


def test_only_the_public_api_is_used(notebook):
    import albert_tf

    source = "\n".join(cell.source for cell in codes(notebook)[1:])
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or node.names[0].name
            assert not module.startswith("albert_tf."), module
            # Of the other package docs/python.md names the tokenizer.
            if module.startswith("data_pipeline"):
                assert module == "data_pipeline.text"
        if isinstance(node, ast.Attribute):
            assert not re.match("_[^_]", node.attr), node.attr
            if getattr(node.value, "id", None) == "albert_tf":
                assert node.attr in albert_tf.__all__, node.attr


def test_links_lead_somewhere(path, notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)#\s]+)", cell.source):
                assert (path.parent / target).exists(), target


def test_code_is_formatted(path):
    for words in (["check"], ["format", "--check"]):
        found = subprocess.run(
            [sys.executable, "-m", "ruff", *words, str(path)],
            capture_output=True,
            text=True,
        )
        assert found.returncode == 0, found.stdout


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """A folder in which the notebook that makes the model has run."""
    work = tmp_path_factory.mktemp("notebooks")
    return work, run_notebooks.run(run_notebooks.PRETRAINING, work)


def kinds_of_outputs(notebook):
    return [
        [(output.output_type, *sorted(output.get("data", ()))) for output in c]
        for c in (cell.outputs for cell in codes(notebook))
    ]


def check(name, made):
    """Whether a run shows the kinds of things that are saved."""
    saved = run_notebooks.read(name)
    assert kinds_of_outputs(made) == kinds_of_outputs(saved)
    assert [cell.id for cell in made.cells] == [c.id for c in saved.cells]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_pretraining_runs_and_learns(pretrained):
    work, made = pretrained
    check(run_notebooks.PRETRAINING, made)
    results = work / run_notebooks.PRETRAINING / "pretrained/eval_results.json"
    found = json.loads(results.read_text())
    assert found["mlm_loss"] < found["unigram_loss"] - 0.5


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", OTHERS)
def test_notebooks_run(name, pretrained):
    work, _ = pretrained
    with run_notebooks.small_model(work) as environment:
        check(name, run_notebooks.run(name, work, environment))
