"""Command lines of pages, as blocks that fit a column of the site.

Pages show command lines as indented blocks of up to 140 columns. On the site
they are highlighted as shell and broken between flags.
"""

import re

COLUMNS = 84
_PROGRAMS = "albert-tf|cd|curl|docker|git|make|pip|python|tensorboard"
_COMMAND = re.compile(rf"(?:{_PROGRAMS})\b")
_BLOCK = re.compile(
    rf"(?<=\n\n)(?= {{4}}(?:{_PROGRAMS})\b)(?:(?: {{4}}.*)?\n)+(?=\S|$)"
)
# Quotes may hold spaces; a flag of one letter stays beside its value.
_WORD = re.compile(r"""(?:-[a-z] (?=[^\s-]))?(?:[^\s'"]|'[^']*'|"[^"]*")+""")
_UP_TO_COMMENT = re.compile(r"""(?:[^'"#]|'[^']*'|"[^"]*")*""")


def highlighted(text: str) -> str:
    """Markdown whose blocks of command lines are fenced and broken."""
    return _BLOCK.sub(_fenced, text)


def _fenced(block: re.Match) -> str:
    code = "\n".join(
        line.removeprefix("    ") for line in block[0].rstrip("\n").split("\n")
    )
    lines = re.sub(r"\s*\\\n\s*", " ", code).split("\n")
    broken = "\n".join(broken_at_words(line) for line in lines)
    return f"```sh\n{broken}\n```\n\n"


def broken_at_words(line: str) -> str:
    """A command over several lines, if it is longer than COLUMNS.

    Its comment is then a line before it. Other lines, such as what a command
    prints, stay as they are.
    """
    if not _COMMAND.match(line) or len(line) <= COLUMNS:
        return line
    command = _UP_TO_COMMENT.match(line)[0]
    comment = line.removeprefix(command)
    lines = [""]
    for word in _WORD.findall(command):
        if lines[-1] and len(f"{lines[-1]} {word} \\") > COLUMNS:
            lines.append("   ")
        lines[-1] += f" {word}"
    broken = " \\\n".join(lines).lstrip()
    return f"{comment}\n{broken}" if comment else broken
