"""Reads Wikipedia `pages-articles` dumps as paragraphs of prose."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

# The end of a dump, and of each of its parts.
END = "</mediawiki>"

_PAGE_START = "<page>"
_PAGE_END = "</page>"
_TITLE = re.compile("<title>.*?</title>")
_REDIRECT = re.compile(r"\s*#redirect", re.IGNORECASE)

# After these headings, an article has only lists of sources and links.
_BACK_MATTER = re.compile(
    r"^=+\s*(see also|references|notes|footnotes|sources|bibliography|"
    r"further reading|external links|citations|works cited)\s*=+\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTE_MARKS = re.compile(r"'{2,}")
# Remnants of templates, such as "(; , ''Akhilleus'')" and "(  )".
_EMPTY_PARENTHESES = re.compile(r"\(\s*[;,\s]*\)")
_HOLLOW_PARENTHESIS = re.compile(r"\(\s*[;,][;,\s]*")
_SPACE = re.compile(r"\s+")
# Headings, lists, tables, indented lines and leftovers of markup.
_NOT_PROSE = ("=", "*", "#", ":", ";", "|", "!", "{", "}", "<")
# Captions, and list items without their mark, are shorter or end differently.
_MIN_CHARACTERS = 50
_SENTENCE_ENDS = (
    *(".", "?", "!", '."', '?"', '!"', ".'", ".)", ":"),
    *"。！？」』।॥؟۔։።။។",  # in other scripts
)
# Thai, Lao and Khmer, whose sentences need no mark at their end.
_ENDS_WITHOUT_MARK = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff]\Z")


class Article(NamedTuple):
    """An article, or a page that cannot be read.

    Attributes:
        line: number of the first line of its page, from 0.
        title: its title, or "".
        paragraphs: paragraphs of running text; None if the page has a fault.
        wrong: the fault.
    """

    line: int
    title: str
    paragraphs: list[str] | None
    wrong: str = ""


def articles(text: str) -> Iterator[Article]:
    """Yields the articles of a part of a dump, without redirects.

    Args:
        text: XML with complete `page` elements.
    Raises:
        ImportError: gensim, which reads the markup, is not installed.
    """
    try:
        from gensim.corpora import wikicorpus
    except ImportError:
        raise ImportError(
            "gensim must be installed to read Wikipedia dumps. Install it "
            "with: pip install 'albert_tf[wikipedia]'"
        ) from None
    before, *pages = text.split(_PAGE_START)
    line = before.count("\n")
    for page in pages:
        content, end, _ = page.rpartition(_PAGE_END)
        try:
            if not end:
                raise ValueError(f"no {_PAGE_END}")
            title, markup = _read_page(_PAGE_START + content + _PAGE_END)
            if markup:
                paragraphs = prose(wikicorpus.filter_wiki(markup))
                yield Article(line, title, paragraphs)
        except (ValueError, RecursionError, ElementTree.ParseError) as error:
            found = _TITLE.search(page)
            # Expat counts lines from the start of the page; drop them.
            wrong = str(error).split(":")[0]
            name = found[0] if found else "?"
            yield Article(line, "", None, f"page {name}, {wrong}")
        line += page.count("\n")


def _read_page(page: str) -> tuple[str, str]:
    """Title and markup of a page; no markup if it is not an article.

    Raises:
        ElementTree.ParseError: the page is not XML.
        ValueError: the page has no title.
    """
    element = ElementTree.fromstring(page)
    title = element.findtext("title")
    if not title:
        raise ValueError("no title")
    markup = element.findtext("revision/text", "")
    is_article = element.findtext("ns", "0") == "0"
    redirects = element.find("redirect") is not None or _REDIRECT.match(markup)
    return title, markup if is_article and not redirects else ""


def prose(text: str) -> list[str]:
    """The paragraphs of running text in an article freed of most markup.

        == Life ==
        * a list
        He ''was'' born (; ) in a small town, and lived there all his life.
    becomes
        He was born in a small town, and lived there all his life.
    """
    text = _BACK_MATTER.split(text, maxsplit=1)[0]
    text = _QUOTE_MARKS.sub("", text)
    paragraphs = []
    for line in text.splitlines():
        line = _EMPTY_PARENTHESES.sub("", line)
        line = _HOLLOW_PARENTHESIS.sub("(", line)
        line = _SPACE.sub(" ", line).strip()
        if (
            len(line) >= _MIN_CHARACTERS
            and not line.startswith(_NOT_PROSE)
            and (
                line.endswith(_SENTENCE_ENDS) or _ENDS_WITHOUT_MARK.search(line)
            )
        ):
            paragraphs.append(line)
    return paragraphs
