"""The site's own tools: links, docstrings, flags and dead links."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

from data_pipeline import config
from data_pipeline.config import setting
from tools.site import command_reference
from tools.site import dead_links
from tools.site import docstrings
from tools.site import files
from tools.site import links
from tools.site import settings
from tools.site import shell

ROOT = pathlib.Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("path", "text", "shown"),
    [
        ("docs/guide.md", "[a](tpu.md#how)", "[a](tpu.md#how)"),
        ("docs/guide.md", "[a](../README.md)", "[a](index.md)"),
        ("docs/guide.md", "[a](../CHANGELOG.md)", "[a](changelog.md)"),
        ("docs/start/index.md", "[a](../tpu.md)", "[a](../tpu.md)"),
        (
            "docs/start/index.md",
            "[a](../../examples/demo.py)",
            "[a](../files/examples/demo.py.md)",
        ),
        (
            "docs/guide.md",
            "[a](../benchmarks/results)",
            "[a](files/benchmarks/results/folder.md)",
        ),
        (
            "docs/gallery.md",
            "![a](../benchmarks/results/2026-11-29.png)",
            "![a](files/benchmarks/results/2026-11-29.png)",
        ),
        (
            "benchmarks/results/tpu_compile.md",
            "[a](../../docs/tpu.md)",
            "[a](../../../tpu.md)",
        ),
        ("README.zh.md", "[a](docs/tpu.md)", "[a](tpu.md)"),
        (
            "docs/guide.md",
            "[a](architecture_figure.py)",
            "[a](files/docs/architecture_figure.py.md)",
        ),
        ("docs/guide.md", "[a](https://a.org/b)", "[a](https://a.org/b)"),
        ("docs/guide.md", "f(x)[0](texts)", "f(x)[0](texts)"),
        ("docs/guide.md", "[a](../../etc/passwd)", "[a](../../etc/passwd)"),
        ("docs/guide.md", r"| a | `x\|y` |", "| a | `x|y` |"),
        ("docs/guide.md", r"| a | x\|y |", r"| a | x\|y |"),
        ("docs/guide.md", r"a `x\|y`", r"a `x\|y`"),
    ],
)
def test_links_and_tables_for_the_site(path, text, shown):
    assert links.for_site(text, path) == shown


def test_links_say_titles():
    titles = {"tpu.md": "TPUs", "start/index.md": "Install"}
    text = "[tpu.md](../tpu.md#how), [TPU](../tpu.md), [`a/b.md`](b.md), [c.md]"
    assert links.titled(text, "start/index.md", titles) == (
        "[TPUs](../tpu.md#how), [TPU](../tpu.md), [`a/b.md`](b.md), [c.md]"
    )


def test_command_lines_fit_the_column():
    text = (
        "# A\n\n    albert-tf a --b=1 \\\n        --c='d e'\n"
        f"    albert-tf {'--long=1 ' * 12}  # it's\n    loss  0.5\n\nB\n\n"
        "    loss  0.5\n\n* c\n\n        albert-tf d\n"
    )
    shown = shell.highlighted(text)
    assert shown.startswith(
        "# A\n\n```sh\nalbert-tf a --b=1 --c='d e'\n# it's\nalbert-tf --long=1"
    )
    assert shown.endswith(
        "    --long=1 --long=1 --long=1 --long=1\nloss  0.5\n```\n\nB\n\n"
        "    loss  0.5\n\n* c\n\n        albert-tf d\n"
    )
    assert max(map(len, shown.splitlines())) <= shell.COLUMNS


def test_linked_files_are_pages():
    found = files.pages()
    assert found["examples/minimal_pretraining.py"] == (
        "files/examples/minimal_pretraining.py.md"
    )
    assert "import" in files.page("examples/minimal_pretraining.py")
    # In a folder that is linked to.
    assert "benchmarks/results/execution.md" in found
    assert "(results/execution.md)" not in files.page("benchmarks/results")
    assert "(execution.md)" in files.page("benchmarks/results")


def test_sections_of_docstrings():
    shown = docstrings.markdown(
        textwrap.dedent(
            """\
            Maps ids to vectors.

            Args:
                ids, mask: int32 [B, S], and
                    where they are.
                path: one of
                    a file;
                    a folder;
                    a name.
                **more: others.
            Returns:
                float32 [B, H]: `[CLS]` of each.
            Outputs: a dict of <unk>
                a: 2 * 3.
            Example:
                >>> f(1)  # doctest: +SKIP
                2
            Source: a paper,
                second line."""
        )
    )
    assert shown == textwrap.dedent(
        r"""
        Maps ids to vectors.

        **Arguments**

        * `ids, mask`: int32 \[B, S\], and
            where they are.
        * `path`: one of

            * a file;
            * a folder;
            * a name.

        * `**more`: others.

        **Returns**: float32 \[B, H\]: `[CLS]` of each.

        **Outputs**: a dict of &lt;unk>

        * `a`: 2 \* 3.

        **Example**

        ```pycon
        >>> f(1)
        2
        ```

        **Source**: a paper,
        second line."""
    ).strip("\n")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PaintConfig(config.Config):
    color: str = setting("red", "Color.", choices=("red", "blue"))
    coats: int = setting(2, "With --color, <n>.", minimum=1)
    walls: tuple[str, ...] = setting(None, "Walls.", is_required=True)
    dry: bool = setting(True, "Whether to dry.")
    rooms: tuple[str, ...] = setting((), "Rooms.", is_argument=True)


def test_settings_in_words():
    forms = [
        settings.form(PaintConfig, field, known)
        for field, known in config.fields_of(PaintConfig)
    ]
    assert forms == [
        "one of `red`, `blue`, default `red`",
        "integer, at least 1, default `2`",
        "list, separated by commas, required",
        "true or false, default `true`",
        "one or several",
    ]
    assert settings.as_markdown("With --color, <n>.") == (
        "With `--color`, &lt;n>."
    )


def test_every_flag_is_on_the_page_of_its_command():
    pages = command_reference.pages()
    for flags in command_reference.defined():
        page = pages[f"commands/{flags.words.split()[0]}.md"]
        if flags.words.split()[0] in command_reference.STAGED:
            page += pages[f"commands/{flags.words.split()[1]}.md"]
        for field, _ in config.fields_of(flags.config):
            assert f"{{ #{field.name} }}" in page, (flags.words, field.name)


def test_dead_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="here"><a href="b.html#there"></a><a href="#here"></a>'
        '<a href="https://a.org"></a><a href="b.html#gone"></a>'
        '<a href="c.html"></a><a href="/b.html"></a><img src="d.png">'
        '<script src="https://a.org/a.js"></script>'
    )
    (tmp_path / "b.html").write_text('<h2 id="there"></h2>')
    (tmp_path / "404.html").write_text('<a href="/b.html"></a>')
    assert list(dead_links.dead(tmp_path)) == [
        "a.html: /b.html",
        "a.html: b.html#gone",
        "a.html: c.html",
        "a.html: d.png",
        "a.html: https://a.org/a.js",
    ]


@pytest.mark.slow
def test_the_site_builds_without_warnings_and_dead_links(tmp_path):
    pytest.importorskip("mkdocs_jupyter", reason="needs the extra docs")
    site = tmp_path / "site"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict"),
            f"--site-dir={site}",
        ],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(dead_links.dead(site)) == []
    names = {path.relative_to(site).as_posix() for path in site.rglob("*")}
    assert {"index.html", "commands/finetune.html", "api/models.html"} <= names
