"""Wikipedia `pages-articles` dumps to paragraphs of prose."""

import io
import re
from collections.abc import Iterator

# What stands around the pages of a dump.
_DUMP_START = (
    '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><siteinfo/>'
)
_DUMP_END = "</mediawiki>"

# From these headings on, an article holds lists of sources and links.
_BACK_MATTER = re.compile(
    r"^=+\s*(see also|references|notes|footnotes|sources|bibliography|"
    r"further reading|external links|citations|works cited)\s*=+\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTE_MARKS = re.compile(r"'{2,}")
# What is left of "(; , ''Akhilleus'')" and "(  )" where templates stood.
_EMPTY_PARENTHESES = re.compile(r"\(\s*[;,\s]*\)")
_HOLLOW_PARENTHESIS = re.compile(r"\(\s*[;,][;,\s]*")
_SPACE = re.compile(r"\s+")
# Headings, lists, tables, indented lines and leftovers of markup.
_NOT_PROSE = ("=", "*", "#", ":", ";", "|", "!", "{", "}", "<")
# Captions and list items that lost their mark are shorter or end otherwise.
_MIN_CHARACTERS = 50
_SENTENCE_ENDS = (".", "?", "!", '."', '?"', '!"', ".'", ".)", ":")


def articles(pages: str) -> Iterator[tuple[str, list[str]]]:
    """Reads the articles of a part of a dump, redirects left out.

    Args:
        pages: XML, whole `page` elements.
    Yields:
        title, and the paragraphs that are running text.
    Raises:
        ImportError: gensim, which parses the dump, is not installed.
    """
    try:
        from gensim.corpora import wikicorpus
    except ImportError:
        raise ImportError(
            "Reading Wikipedia dumps takes gensim. Install it with: "
            "pip install 'albert_tf[wikipedia]'"
        ) from None
    dump = io.BytesIO((_DUMP_START + pages + _DUMP_END).encode())
    for title, markup, _ in wikicorpus.extract_pages(dump, ("0",)):
        if markup is None or re.match(r"\s*#redirect", markup, re.IGNORECASE):
            continue
        yield title, prose(wikicorpus.filter_wiki(markup))


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
            and line.endswith(_SENTENCE_ENDS)
        ):
            paragraphs.append(line)
    return paragraphs
