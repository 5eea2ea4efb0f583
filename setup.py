"""A stub: all that packaging needs is in pyproject.toml."""

import setuptools

setuptools.setup()
