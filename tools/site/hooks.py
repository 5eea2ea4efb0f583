"""What mkdocs calls while it builds the site: see `hooks` in mkdocs.yml."""

import re
from typing import Any

from mkdocs.structure.files import File
from mkdocs.structure.files import InclusionLevel

from albert_tf import commands
from tools.site import api_index
from tools.site import command_reference
from tools.site import files as files_lib
from tools.site import links
from tools.site import shell

_SHORT_CODE = re.compile(r"<code>([^<\s]{1,34}|[^<\n]{1,22})</code>")
_SHELL = re.compile(r'<div class="language-sh highlight">.*?</pre>', re.DOTALL)
_FLAG = re.compile(r"(?<![\w-])--?\w[\w-]*")
# Between Chinese characters, which have no spaces between them.
_CHINESE_LINE_END = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u4e00-\u9fff])"
)
_CHINESE = links.TOP_PAGES["README.zh.md"]
# The entry of the navigation that stands for the pages of all commands.
_COMMANDS = {"Commands": "commands/"}


def on_config(config: Any) -> Any:
    """Lists the pages of commands, which mkdocs.yml names by their folder."""
    place = config.nav.index(_COMMANDS)
    config.nav[place] = {"Commands": _command_pages()}
    return config


def _command_pages() -> list:
    named = [{name: f"commands/{name}.md"} for name in commands.COMMANDS]
    return ["commands/index.md", *named]


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


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Fits pages for readers of the repository to the site."""
    uri = page.file.src_uri
    if uri.startswith("api/"):
        return markdown
    if not page.file.generated_by:
        markdown = links.for_site(markdown, f"docs/{uri}")
    if uri == _CHINESE:
        markdown = _CHINESE_LINE_END.sub("", markdown)
    if not uri.endswith((".py.md", ".json.md")):
        markdown = shell.highlighted(markdown)
    return links.titled(markdown, uri, _titles(config.nav))


def _titles(entries: Any) -> dict[str, str]:
    """The titles in the navigation, by the paths of their pages."""
    found = {}
    for entry in entries:
        for title, content in entry.items() if isinstance(entry, dict) else ():
            if isinstance(content, str):
                found[content] = title
            else:
                found |= _titles(content)
                if content and isinstance(content[0], str):
                    found[content[0]] = title
    return found


def on_page_content(html: str, page: Any, files: Any, **_: Any) -> str:
    """Keeps flags and short code whole, and leads the links of notebooks."""
    html = _SHORT_CODE.sub(r'<code class="whole">\1</code>', html)
    whole = r'<span class="whole">\g<0></span>'
    html = _SHELL.sub(lambda block: _FLAG.sub(whole, block[0]), html)
    if not page.file.src_uri.endswith(".ipynb"):
        return html

    def led(match: re.Match) -> str:
        found = links.resolved(match[1], f"docs/{page.file.src_uri}")
        if found is None:
            return match[0]
        target = files.get_file_from_path(links.page_of(found))
        return f'href="{target.url_relative_to(page.file)}'

    return re.sub(r'(?<=<a )href="([^"#]+)', led, html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Says which pages are Chinese, for browsers and screen readers."""
    if page.file.src_uri == _CHINESE:
        return output.replace('<html lang="en"', '<html lang="zh"', 1)
    return output
