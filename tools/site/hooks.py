"""What mkdocs calls while it builds the site: see `hooks` in mkdocs.yml."""

import json
import pathlib
from typing import Any

from mkdocs.structure.files import File
from mkdocs.structure.files import InclusionLevel

from albert_tf import commands
from tools.site import api_index
from tools.site import command_reference
from tools.site import files as files_lib
from tools.site import links

# Entries of the navigation that stand for several pages.
_COMMANDS, _NOTEBOOKS = "commands/", "notebooks/"


def on_config(config: Any) -> Any:
    """Lists the pages that mkdocs.yml names by their folder only."""
    several = {_COMMANDS: _command_pages(), _NOTEBOOKS: _notebooks()}
    entries = []
    for entry in config.nav:
        ((title, content),) = entry.items()
        if isinstance(content, str):
            content = several.get(content, content)
        if content:  # there may be no notebooks
            entries.append({title: content})
    config.nav = entries
    return config


def _command_pages() -> list:
    named = [{name: f"commands/{name}.md"} for name in commands.COMMANDS]
    return ["commands/index.md", *named]


def _notebooks() -> list:
    folder = links.ROOT / "docs/notebooks"
    pages = sorted(folder.glob("*.md"), key=lambda page: page.stem != "index")
    return [
        *(f"notebooks/{page.name}" for page in pages),
        *(
            {_title(path): f"notebooks/{path.name}"}
            for path in sorted(folder.glob("*.ipynb"))
        ),
    ]


def _title(notebook: pathlib.Path) -> str:
    """The first heading of a notebook, which must have one."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        for line in "".join(cell["source"]).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line.removeprefix("# ")
    raise ValueError(f"A notebook must have a heading. Received: {notebook}.")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are made, and those of files outside of docs/."""
    reference = next(e["Python API"] for e in config.nav if "Python API" in e)
    pages = [page for entry in reference[1:] for page in entry.values()]
    generated = {
        "api/index.md": api_index.page(pages),
        **command_reference.pages(),
    }
    for uri, text in generated.items():
        files.append(File.generated(config, uri, content=text))
    for path, uri in files_lib.pages().items():
        files.append(_shown(config, path, uri))
    return files


def _shown(config: Any, path: str, uri: str) -> File:
    is_top = path in links.TOP_PAGES
    level = InclusionLevel.UNDEFINED if is_top else InclusionLevel.NOT_IN_NAV
    place = links.ROOT / path
    if place.suffix in (".png", ".svg"):
        return File.generated(config, uri, abs_src_path=str(place))
    text = files_lib.page(path)
    return File.generated(config, uri, content=text, inclusion=level)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Leads the links of pages of docs/ to pages of the site."""
    if page.file.generated_by:
        return markdown
    return links.for_site(markdown, f"docs/{page.file.src_uri}")


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Says which pages are Chinese, for browsers and screen readers."""
    if page.file.src_uri == links.TOP_PAGES["README.zh.md"]:
        return output.replace('<html lang="en"', '<html lang="zh"', 1)
    return output
