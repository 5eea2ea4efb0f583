"""Pages of the site that show files of the project outside of docs/."""

from tools.site import links

_LANGUAGES = {".py": "python", ".json": "json", ".yml": "yaml", "": "text"}
_PAGES = (".md", ".ipynb")
# Shown, but neither listed nor searched.
_HIDDEN = "---\nsearch:\n  exclude: true\nhide:\n  - navigation\n---\n\n"


def pages() -> dict[str, str]:
    """Files and folders that pages link to, each with its path in the site.

    Pages of docs/ are not among them. Links in linked pages count, too.
    """
    waiting = [
        *links.TOP_PAGES,
        *(
            page.relative_to(links.ROOT).as_posix()
            for ending in _PAGES
            for page in (links.ROOT / "docs").rglob(f"*{ending}")
        ),
    ]
    found = set(waiting)
    while waiting:
        path = waiting.pop()
        for target in _targets(path) - found:
            found.add(target)
            waiting.append(target)
    pages = {path: links.page_of(path) for path in sorted(found)}
    return {
        path: uri
        for path, uri in pages.items()
        if uri.startswith("files/") or path in links.TOP_PAGES
        if path != "README.md"  # docs/index.md stands for it
    }


def _targets(path: str) -> set[str]:
    place = links.ROOT / path
    if place.is_dir():
        return {f"{path}/{name}" for name in _names(path)}
    if not path.endswith(_PAGES):
        return set()
    return links.linked(place.read_text(encoding="utf-8"), path)


def _names(folder: str) -> list[str]:
    return sorted(
        each.name
        for each in (links.ROOT / folder).iterdir()
        if each.name != "__pycache__"
    )


def page(path: str) -> str:
    """The Markdown of the page that shows a file or a folder."""
    place = links.ROOT / path
    if place.is_dir():
        folder = path.rpartition("/")[2]
        listed = "\n".join(
            f"* [{name}]({folder}/{name})" for name in _names(path)
        )
        return links.for_site(f"{_HIDDEN}# {path}\n\n{listed}\n", path)
    text = place.read_text(encoding="utf-8")
    if path.endswith(".md"):
        return links.for_site(text, path)
    language = _LANGUAGES.get(place.suffix, "text")
    return f"{_HIDDEN}# {path}\n\n`````{language}\n{text.rstrip()}\n`````\n"
