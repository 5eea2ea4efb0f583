"""Labelled data of Python's own source: code as words, and as questions."""

import ast
import importlib.util
import io
import pathlib
import re
import sys
import tokenize
from collections.abc import Iterator

# Parts of the data sets; modules that every supported Python has.
MODULES = {
    "train": (
        *("argparse", "tarfile", "zipfile", "inspect", "http.client"),
        *("shutil", "typing", "unittest.mock", "logging", "pickle"),
    ),
    "dev": ("email.message", "subprocess", "configparser"),
}
LONGEST_LINE, LONGEST_STATEMENT, LONGEST_CONTEXT = 40, 150, 200
# To be guessed from statements without their names.
HIDDEN = ("os", "re", "struct", "sys", "time", "warnings")

# Where an entity begins and ends in its line, and what it is.
_Entity = tuple[int, int, str]


def tagged_lines(modules: tuple[str, ...]) -> list[list[tuple[str, str]]]:
    """Lines of code as words with BIO tags: CALL, DEF, IMPORT, PARAMETER and
    ERROR. Strings are all written as ""."""
    found = []
    for source in map(_source, modules):
        entities = _entities(ast.parse(source))
        for number, words in _words(source).items():
            tags = _tags(words, entities.get(number, []))
            if tags and 3 <= len(words) <= LONGEST_LINE:
                texts = [text for text, _, _ in words]
                found.append(list(zip(texts, tags, strict=True)))
    return found


def questions(modules: tuple[str, ...]) -> list[dict]:
    """Short functions as paragraphs of SQuAD; of the questions that have no
    answer there one each."""
    paragraphs = []
    for name in modules:
        for node in ast.walk(ast.parse(_source(name))):
            if not isinstance(node, ast.FunctionDef):
                continue
            # Without comments, and with one way of writing it.
            code = ast.unparse(node)
            if ast.get_docstring(node) or len(code) > LONGEST_CONTEXT:
                continue
            function = ast.parse(code)
            answers = {
                "What does it return?": [
                    n.value
                    for n in ast.walk(function)
                    if isinstance(n, ast.Return) and n.value
                ],
                "What does it raise?": [
                    n.exc
                    for n in ast.walk(function)
                    if isinstance(n, ast.Raise) and n.exc
                ],
                "What does it test?": [
                    n.test for n in ast.walk(function) if isinstance(n, ast.If)
                ],
            }
            qas = [
                _question(f"{name}-{node.lineno}-{number}", text, nodes, code)
                for number, (text, nodes) in enumerate(answers.items())
            ]
            silent = [qa for qa in qas if qa["is_impossible"]]
            kept = [qa for qa in qas if not qa["is_impossible"]] + silent[:1]
            paragraphs.append({"context": code, "qas": kept})
    return paragraphs


def hidden_modules() -> list[tuple[str, list[str]]]:
    """Statements with _ for the modules of HIDDEN, and which these are."""
    found = {}
    for module in sorted(sys.stdlib_module_names):
        spec = importlib.util.find_spec(module)
        if not (spec and spec.origin and spec.origin.endswith(".py")):
            continue
        for node in ast.walk(ast.parse(_source(module))):
            if not isinstance(node, ast.Assign | ast.Expr | ast.Return):
                continue
            used = set()
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and inner.id in HIDDEN:
                    used.add(inner.id)
                    inner.id = "_"
            code = re.sub(r"\s+", " ", ast.unparse(node))
            if used and len(code) <= LONGEST_STATEMENT:
                found.setdefault(code, sorted(used))
    return sorted(found.items())


def _question(name: str, text: str, nodes: list[ast.expr], code: str) -> dict:
    answers = []
    for node in nodes:
        answer = ast.get_source_segment(code, node)
        before = code.splitlines(keepends=True)[: node.lineno - 1]
        start = len("".join(before)) + node.col_offset
        answers.append({"text": answer, "answer_start": start})
    return {
        "id": name,
        "question": text,
        "answers": answers,
        "is_impossible": not answers,
    }


def _source(module: str) -> str:
    """The module's source; ASCII, so that columns are characters."""
    path = importlib.util.find_spec(module).origin
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return text.encode("ascii", "replace").decode()


def _words(source: str) -> dict[int, list[tuple[str, int, int]]]:
    """(text, first column, end) of each word, by the number of the line."""
    skipped = (
        *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
        *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
    )
    found: dict[int, list[tuple[str, int, int]]] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line, end_line = token.start[0], token.end[0]
        if token.type in skipped or line != end_line:
            continue
        text = '""' if token.type == tokenize.STRING else token.string
        word = (text, token.start[1], token.end[1])
        found.setdefault(line, []).append(word)
    return found


def _entities(tree: ast.Module) -> dict[int, list[_Entity]]:
    """What there is in each line; what comes first counts."""
    found: dict[int, list[_Entity]] = {}
    # An error that is raised is no call, although it looks like one.
    nodes = sorted(ast.walk(tree), key=lambda node: isinstance(node, ast.Call))
    for node in nodes:
        for line, *entity in _entity(node):
            found.setdefault(line, []).append(tuple(entity))
    return found


def _entity(node: ast.AST) -> Iterator[tuple[int, int, int, str]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        word = "def " if isinstance(node, ast.FunctionDef) else "class "
        start = node.col_offset + len(word)
        yield node.lineno, start, start + len(node.name), "DEF"
    elif isinstance(node, ast.arg):
        start = node.col_offset
        yield node.lineno, start, start + len(node.arg), "PARAMETER"
    elif isinstance(node, ast.alias):
        start = node.col_offset
        yield node.lineno, start, start + len(node.name), "IMPORT"
    elif isinstance(node, ast.Raise):
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        yield from _name(error, "ERROR")
    elif isinstance(node, ast.ExceptHandler):
        yield from _name(node.type, "ERROR")
    elif isinstance(node, ast.Call):
        yield from _name(node.func, "CALL")


def _name(node: ast.expr | None, kind: str):
    """A name with what is before its dots; of other objects the last name."""
    if isinstance(node, ast.Attribute) and node.lineno == node.end_lineno:
        start, owner = node.col_offset, node
        while isinstance(owner, ast.Attribute):
            owner = owner.value
        if not isinstance(owner, ast.Name):
            start = node.end_col_offset - len(node.attr)
        yield node.lineno, start, node.end_col_offset, kind
    elif isinstance(node, ast.Name):
        yield node.lineno, node.col_offset, node.end_col_offset, kind


def _tags(words: list[tuple[str, int, int]], entities: list[_Entity]):
    tags = ["O"] * len(words)
    for start, end, kind in entities:
        inside = [i for i, (_, a, b) in enumerate(words) if start <= a < end]
        if all(tags[i] == "O" for i in inside):
            for i in inside:
                tags[i] = f"{'B' if i == inside[0] else 'I'}-{kind}"
    return tags
