"""The public names, signatures and settings: a change to them is a decision.

Rewrites public_api.txt after an intended change:

    python tests/house/test_public_api.py
"""

import dataclasses
import inspect
import pathlib
import re

import albert_tf

FILE = pathlib.Path(__file__).with_name("public_api.txt")


def lines():
    for name in sorted(albert_tf.__all__):
        value = getattr(albert_tf, name)
        if dataclasses.is_dataclass(value):
            yield f"{name}"
            for field in dataclasses.fields(value):
                yield f"    {field.name}: {_type(field)}{_default(field)}"
        else:
            yield f"{name}{_plain(str(inspect.signature(value)))}"
        if inspect.isclass(value):
            yield from _methods(value)


def _type(field):
    kind = field.type
    return kind.__name__ if isinstance(kind, type) else _plain(str(kind))


def _default(field):
    if field.name == "num_workers":  # by default, one for each core
        return " = ..."
    if field.default is not dataclasses.MISSING:
        return f" = {_plain(repr(field.default))}"
    if field.default_factory is not dataclasses.MISSING:
        return f" = {field.default_factory.__name__}()"
    return ""


def _methods(cls):
    for name, method in sorted(vars(cls).items()):
        if name.startswith("_") or not inspect.isroutine(method):
            continue
        found = inspect.signature(getattr(cls, name))
        yield f"    .{name}{_plain(str(found))}"


def _plain(text):
    """Without addresses, which differ from process to process."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def test_readers_of_types_find_every_public_name():
    # Which editors and the site's reference read, and no program runs.
    text = pathlib.Path(albert_tf.__file__).read_text()
    named = re.findall(r"^    from \S+ import (\w+)$", text, re.MULTILINE)
    assert sorted(named) == sorted(albert_tf._MODULES)


def test_public_api_is_as_decided():
    assert FILE.read_text().splitlines() == list(lines())


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n")
