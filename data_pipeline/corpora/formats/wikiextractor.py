"""WikiExtractor's files: articles between <doc ...> and </doc>."""

import html
import re
from collections.abc import Iterator
from collections.abc import Sequence
from typing import NamedTuple

from data_pipeline.corpora.formats import prose

# Titles are not escaped: they may hold quotes and angle brackets.
_START = re.compile(r"<doc(\s.*)?>")
_TITLE = re.compile(r'\stitle="(.*)"')
_END = "</doc>"


class Article(NamedTuple):
    """An article, or text outside of articles.

    Attributes:
        line: number of its first line, from 0.
        title: its title, unescaped, or "".
        text: its text without the title, unescaped; None if it has a fault.
        wrong: the fault.
    """

    line: int
    title: str
    text: str | None
    wrong: str = ""


def is_meant(lines: Sequence[str]) -> bool:
    """Whether lines come from WikiExtractor.

    They do if the first line opens an article, or if at least two lines do and
    the first article has only its end.

    Args:
        lines: stripped lines, without blank ones.
    """
    if not lines:
        return False
    starts = sum(line.startswith("<doc id=") for line in lines)
    return bool(_START.fullmatch(lines[0])) or (starts > 1 and _END in lines)


def articles(text: str) -> Iterator[Article]:
    """Yields articles, and text outside of them as faulty articles."""
    start, title = 0, ""
    body: list[str] | None = None  # lines of the article that is open
    stray = False  # consecutive lines outside of articles are one fault
    for number, line in enumerate(text.split("\n")):
        line = line.strip()
        opens = _START.fullmatch(line)
        if opens and body is not None:
            yield Article(start, title, None, _unclosed(title))
        if opens:
            start, title, body = number, _title(opens[1] or ""), []
        elif body is None and line and not stray:
            wrong = f"text outside of an article, {line[:40]!r}"
            yield Article(number, "", None, wrong)
        elif body is not None and line == _END:
            content = html.unescape("\n".join(body))
            yield Article(start, title, prose.without_title(content, title))
            body = None
        elif body is not None:
            body.append(line)
        stray = body is None and bool(line) and line != _END
    if body is not None:
        yield Article(start, title, None, _unclosed(title))


def _title(attributes: str) -> str:
    found = _TITLE.search(attributes)
    return html.unescape(found[1]) if found else ""


def _unclosed(title: str) -> str:
    return f"the article {title!r} has no {_END} at its end"
