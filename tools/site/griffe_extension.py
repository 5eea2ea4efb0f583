"""What mkdocstrings calls for each object that it reads: see mkdocs.yml."""

from typing import Any

import griffe

import albert_tf
from data_pipeline import config as config_lib
from tools.site import docstrings
from tools.site import settings


class Functions(griffe.Extension):
    """Takes `albert_tf.export` and `serve` for the functions of these names, as
    Python does, and not for the files that `python -m` runs."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        for name, target in pkg.imports.items():
            if isinstance(pkg.members[name], griffe.Module):
                pkg.members[name] = griffe.Alias(name, target, parent=pkg)


class Docstrings(griffe.Extension):
    """Turns docstrings into Markdown, and lists the fields of configs."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = docstrings.markdown(obj.docstring.value)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        is_public = cls.name in albert_tf.__all__
        if is_public and cls.name.endswith("Config") and cls.docstring:
            config = getattr(albert_tf, cls.name)
            if issubclass(config, config_lib.Config):
                cls.docstring.value += f"\n\n{settings.definitions(config)}"
