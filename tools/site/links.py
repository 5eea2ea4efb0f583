"""Links between files of the project, as links between pages of the site.

Pages are written for readers of the repository: they link to the README, to
other pages and to source files by relative paths. On the site, the files at the
top are pages under other names, and a linked source file or folder is a page
that shows it. So every link works without a network and without a public
repository.
"""

import pathlib
import posixpath
import re
from collections.abc import Mapping

ROOT = pathlib.Path(__file__).parent.parent.parent
# Files at the top of the project, with their pages.
TOP_PAGES = {
    "README.md": "index.md",
    "README.zh.md": "zh.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
# Files that are shown as they are; others are shown as a listing.
_AS_THEY_ARE = (".md", ".png", ".svg")
_FILE_NAME = re.compile(r"\[`?[\w./]+\.md`?\]\(([^)#]+)")
_ROW = re.compile(r"^\|.*\|$", re.MULTILINE)
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"(?<=\]\()([^)\s#]+)(?=[)#])")


def page_of(path: str) -> str:
    """The path in the site of a file or folder of the project."""
    if path in TOP_PAGES:
        return TOP_PAGES[path]
    if path.startswith("docs/") and path.endswith((*_AS_THEY_ARE, ".ipynb")):
        return path.removeprefix("docs/")
    if (ROOT / path).is_dir():
        return f"files/{path}/folder.md"
    return f"files/{path}" + ("" if path.endswith(_AS_THEY_ARE) else ".md")


def linked(text: str, path: str) -> set[str]:
    """The files and folders of the project that a file links to.

    Args:
        text: Markdown.
        path: its path in the project.
    """
    targets = (resolved(link, path) for link in _LINK.findall(text))
    return {target for target in targets if target is not None}


def for_site(text: str, path: str) -> str:
    """Markdown with its links as they are in the site.

    In code within tables, GitHub needs a backslash before a bar; Python's
    Markdown would show it.

    Args: as in `linked`.
    """
    folder = posixpath.dirname(page_of(path))

    def replaced(match: re.Match) -> str:
        target = resolved(match[1], path)
        if target is None:
            return match[1]
        return posixpath.relpath(page_of(target), folder or ".")

    text = _ROW.sub(
        lambda row: _CODE.sub(lambda code: code[0].replace(r"\|", "|"), row[0]),
        text,
    )
    return _LINK.sub(replaced, text)


def titled(text: str, page: str, titles: Mapping[str, str]) -> str:
    """Markdown whose links say the titles of pages, not names of files.

    Args:
        text: Markdown.
        page: its path in the site.
        titles: the titles of pages by their paths in the site.
    """

    def replaced(match: re.Match) -> str:
        target = posixpath.join(posixpath.dirname(page), match[1])
        title = titles.get(posixpath.normpath(target))
        return match[0] if title is None else f"[{title}]({match[1]}"

    return _FILE_NAME.sub(replaced, text)


def resolved(link: str, path: str) -> str | None:
    """The file of the project that a link of a file leads to, or None."""
    joined = posixpath.join(posixpath.dirname(path), link)
    target = posixpath.normpath(joined)
    is_outside = target.startswith(("..", "/")) or ":" in link
    return None if is_outside or not (ROOT / target).exists() else target
