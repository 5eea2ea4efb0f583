"""Docstrings of the public names: each is there and its example runs."""

import doctest
import importlib
import inspect

import pytest

import albert_tf

# What Keras calls; keras.Model and keras.layers.Layer document these.
_KERAS = {"build", "call", "get_config"}
_OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", albert_tf.__all__)
def test_documented_with_examples_that_run(name, tmp_path, monkeypatch):
    value = getattr(albert_tf, name)
    documented = {name: value, **_methods(name, value)}
    missing = [path for path, item in documented.items() if not item.__doc__]
    assert not missing, f"without a docstring: {missing}"
    finder = doctest.DocTestFinder(recurse=False)
    module = importlib.import_module(value.__module__)
    globs = {"albert_tf": albert_tf, **vars(module)}
    examples = {
        path: test
        for path, item in documented.items()
        for test in finder.find(item, path, module=False, globs=globs)
        if test.examples
    }
    assert name in examples, "its docstring has no example"
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    for test in examples.values():
        doctest.DocTestRunner(optionflags=_OPTIONS).run(test, out=said.append)
    assert not said, "".join(said)


def _methods(name, value):
    """Public methods that the class of this package defines, by path."""
    if not inspect.isclass(value):
        return {}
    found = {
        method: getattr(value, method)
        for base in value.__mro__
        if base.__module__.split(".")[0] in ("albert_tf", "data_pipeline")
        for method, item in vars(base).items()
        if not method.startswith("_")
        if callable(getattr(item, "__func__", item))
        or isinstance(item, property)
    }
    return {
        f"{name}.{method}": item
        for method, item in found.items()
        if method not in _KERAS
    }
