"""Finds links in built pages that lead nowhere, within the site.

python -m tools.site.dead_links build/site
"""

import html.parser
import pathlib
import posixpath
import sys
import urllib.parse
from collections.abc import Iterator

_NOT_FOUND = "404.html"


class _Page(html.parser.HTMLParser):
    """The links of a page, and the anchors that it has."""

    def __init__(self, text: str):
        super().__init__()
        self.links: set[str] = set()
        self.parts: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.add(value)
                if tag != "a":
                    self.parts.add(value)
            elif name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value)


def main() -> None:
    site = pathlib.Path(sys.argv[1])
    found = list(dead(site))
    for line in found:
        print(line)
    if not found:
        print(f"Every link within {site} leads somewhere.")
    sys.exit(bool(found))


def dead(site: pathlib.Path) -> Iterator[str]:
    """Yields a line for each link of a page that leads nowhere.

    Links to other sites are not followed. A script, style or picture of
    another site counts as dead: pages must work without a network.
    """
    pages = {
        path.relative_to(site).as_posix(): _Page(path.read_text("utf-8"))
        for path in site.rglob("*.html")
    }
    for name, page in sorted(pages.items()):
        for link in sorted(page.links):
            is_elsewhere = bool(urllib.parse.urlsplit(link).netloc)
            if is_elsewhere:
                is_dead = link in page.parts
            else:
                is_dead = not _leads_somewhere(link, name, pages, site)
            if is_dead:
                yield f"{name}: {link}"


def _leads_somewhere(
    link: str, name: str, pages: dict[str, _Page], site: pathlib.Path
) -> bool:
    address = urllib.parse.urlsplit(link)
    if address.scheme:  # data:, mailto:
        return True
    path = urllib.parse.unquote(address.path)
    if name == _NOT_FOUND:  # shown at any address, so its links begin at /
        path = path.lstrip("/")
    target = posixpath.normpath(
        posixpath.join(posixpath.dirname(name), path) if path else name
    )
    if target not in pages:
        return (site / target).exists()
    anchor = urllib.parse.unquote(address.fragment)
    return not anchor or anchor in pages[target].anchors


if __name__ == "__main__":
    main()
