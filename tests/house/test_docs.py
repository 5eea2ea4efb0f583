"""README and docs: links, files, flags, command lines and code are real."""

import ast
import dataclasses
import importlib
import importlib.util
import os
import pathlib
import re
import shlex

import pytest

from data_pipeline import config as config_lib
from tools.site import command_reference
from tools.site import links

ROOT = pathlib.Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
# Pages that only the site has, made when it is built.
MADE = {"api/index.md", *command_reference.pages()}
PACKAGES = ("albert_tf", "data_pipeline")
# Flags of other programs, or with names made in a loop, by page.
FOREIGN = {
    "benchmarks.md": {
        *("keras_hub_python", "model_garden_python", "transformers_python"),
    },
    "pruning_and_quantization.md": {"pruned", "student"},
    "CONTRIBUTING.md": {"hook-type"},
    "README.md": {"local-dir"},
    "README.zh.md": {"local-dir"},
    "building_records.md": {
        *("direct_num_workers", "direct_running_mode", "environment_config"),
        *("environment_type", "flink_master", "job_endpoint", "project"),
        *("json", "net", "region", "sdk_container_image", "spark-master-url"),
        "temp_location",
    },
    "large_corpora.md": {
        *("direct_num_workers", "disk_size_gb", "max_num_workers", "project"),
        *("number_of_worker_harness_threads", "region", "staging_location"),
        *("sdk_container_image", "temp_location", "worker_machine_type"),
    },
    "export.md": {"all", "dir"},
    "tensorflow_serving.md": {"batching_parameters_file", "rm"}
    | {"enable_batching"},
    "serving.md": {"rm", "stop-timeout"},
    "tpu.md": {"override", "python-platform", "python-version", "system"},
    "training.md": {"logdir", "signal"},
}


def text_of(page):
    return page.read_text(encoding="utf-8")


def ids(pages):
    return [page.relative_to(ROOT).as_posix() for page in pages]


def anchors(page):
    """The names by which GitHub links to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith(("http", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        if os.path.relpath(linked, DOCS) in MADE:
            continue
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def test_every_page_is_in_the_navigation():
    """Once, and the navigation names no others."""
    nav = text_of(ROOT / "mkdocs.yml").partition("\nnav:\n")[2]
    named = re.findall(r"(\S+\.(?:md|ipynb))$", nav, re.MULTILINE)
    found = [*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]
    pages = {page.relative_to(DOCS).as_posix() for page in found}
    pages |= {*links.TOP_PAGES.values(), "api/index.md"}
    assert sorted(named) == sorted(pages)


def test_every_public_name_is_in_the_api_reference():
    import albert_tf

    shown = [
        name
        for page in (DOCS / "api").glob("*.md")
        for name in re.findall(r"^::: albert_tf\.(\w+)$", text_of(page), re.M)
    ]
    assert sorted(shown) == sorted(albert_tf.__all__)


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_files_and_modules_exist(page):
    tops = "albert_tf|data_pipeline|tests|examples|tools|benchmarks|docs"
    text = text_of(page)
    for path in re.findall(rf"(?<![\w/.])(?:{tops})/[\w./*-]*", text):
        path = path.rstrip(".")
        assert [*ROOT.glob(path)], path
    for name in re.findall(rf"python -m ((?:{tops})[\w.]*)", text):
        assert importlib.util.find_spec(name.rstrip(".")), name


@pytest.fixture(scope="module")
def configs():
    """The configs of each command line, by the words that begin it."""
    return {
        tuple(flags.words.split()): flags.config
        for flags in command_reference.defined()
    }


def flags_of(config):
    """Names of a config's flags and of their aliases, with their fields."""
    names = {}
    for field, known in config_lib.fields_of(config):
        for name in (field.name, *known.aliases):
            names[name] = (field, known)
    return names


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_flags_exist(page, configs):
    known = {name for config in configs.values() for name in flags_of(config)}
    sources = [
        *(ROOT / "benchmarks").rglob("*.py"),
        *(ROOT / "tools").rglob("*.py"),
        *(ROOT / "examples").rglob("*.py"),
    ]
    for source in sources:
        known |= set(
            re.findall(
                r'(?:DEFINE_\w+\(|add(?:_argument)?\(|switch\()\s*(?:\w+,\s*)?"-*(\w+)"',
                source.read_text(),
            )
        )
    known |= {"help", "helpfull", "flagfile", "version"}
    known |= FOREIGN.get(page.name, set())
    named = re.findall(r"(?<![\w-])--([a-zA-Z][\w-]*)", text_of(page))
    strangers = {
        name
        for name in named
        if name not in known and name.removeprefix("no") not in known
    }
    assert not strangers, strangers


def command_lines(page):
    """The lines of code blocks that begin with albert-tf, as words."""
    text = text_of(page).replace("\\\n", " ")
    for line in re.findall(r"^ {4,}(albert-tf .*)$", text, re.MULTILINE):
        if "..." not in line and "[" not in line and "$" not in line:
            yield shlex.split(line, comments=True)[1:]


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_command_lines_parse(page, configs):
    for words in command_lines(page):
        if "--help" in words:
            continue
        start = 2 if words[0] in command_reference.STAGED else 1
        config = configs[tuple(words[:start])]
        names, values = flags_of(config), {}
        for word in words[start:]:
            if not word.startswith("--"):
                assert any(known.is_argument for _, known in names.values())
                continue
            if word == "--flagfile" or word.startswith("--flagfile="):
                continue
            name, has_value, value = word[2:].partition("=")
            if name in FOREIGN.get(page.name, ()) and name not in names:
                continue
            if name not in names and not has_value:
                name, value = name.removeprefix("no"), "false"
            assert name in names, (word, words)
            field, known = names[name]
            kind = config_lib.type_of(config, field)
            assert has_value or kind is bool, word
            values[field.name] = read(value, kind)
        config(**argument_values(config), **values)


def read(value, kind):
    """The value that a flag's text stands for."""
    if kind is bool:
        return value in ("", "true")
    return tuple(value.split(",")) if kind is tuple else kind(value)


def argument_values(config):
    """Something for what is given without a flag."""
    return {
        field.name: (
            ("x",) if config_lib.type_of(config, field) is tuple else "x"
        )
        for field, known in config_lib.fields_of(config)
        if known.is_argument and known.is_required
    }


def code_blocks(page):
    return re.findall(r"^```python\n(.*?)^```", text_of(page), re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_python_code_names_what_exists(page):
    """Every name after `albert_tf.`, and every keyword of a config."""
    import albert_tf

    for block in code_blocks(page):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    assert importlib.util.find_spec(alias.name), alias.name
            if isinstance(node, ast.Call) and is_public(node.func):
                made = getattr(albert_tf, node.func.attr)
                if dataclasses.is_dataclass(made):
                    given = {keyword.arg for keyword in node.keywords}
                    fields = {f.name for f in dataclasses.fields(made)}
                    assert given <= fields, given - fields
            if is_public(node):
                assert node.attr in albert_tf.__all__, node.attr


def sections(page):
    """The python blocks of a page by the heading above them."""
    parts = re.split(r"^## (.*)$", text_of(page), flags=re.MULTILINE)
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        yield title, re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)


def run_sections(*titles):
    """Runs the code of docs/python.md, or of some of its sections, in order."""
    names = {}
    exec("import albert_tf", names)
    for title, blocks in sections(ROOT / "docs/python.md"):
        for block in blocks if title in titles or not titles else ():
            exec(compile(block, f"python.md, {title}", "exec"), names)


def test_configs_and_errors_of_the_python_page(capsys):
    run_sections("Configs", "Errors")
    configs, error = capsys.readouterr().out.splitlines()
    assert configs == "128 sop" and error.startswith("--max_seq_length must")


@pytest.mark.slow
def test_the_python_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run_sections()
    shown = capsys.readouterr().out
    for block in code_blocks(ROOT / "docs/python.md"):
        for value in re.findall(r"print\(.*\)  # .*(\(.*\))$", block, re.M):
            assert value in shown
    assert "a cat barks." in shown
    assert (tmp_path / "export/saved_model.pb").exists()


def is_public(node):
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "albert_tf"
    )


def test_both_readmes_have_the_same_commands():
    assert [*command_lines(ROOT / "README.md")] == [
        *command_lines(ROOT / "README.zh.md")
    ]


def folders():
    """All folders of the two packages that hold modules."""
    return {
        path.parent.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


def test_architecture_names_every_folder():
    """In its tables of rooms, whose first column is a folder or a file."""
    text = text_of(ROOT / "docs/architecture.md")
    rows = re.findall(r"^\| `([\w./]+)` \|", text, re.MULTILINE)
    named = {row.rstrip("/") for row in rows}
    assert folders() - {*PACKAGES} <= named, folders() - named
    assert [name for name in named if not (ROOT / name).exists()] == []
