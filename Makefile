# make test   lint and tests        make demo   raw text to an exported model
# Both set up a virtual environment of their own; all they need is Python.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SOURCES = albert_tf data_pipeline benchmarks docs examples tests tools *.py
# In the order of tests/conftest.py, not by how many tests a file has. With the
# same examples each time; plain pytest draws new ones in every run.
PYTEST = $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile=ci

.PHONY: build coverage demo notebooks test test-fast test-slow lint clean

test: lint
	$(PYTEST) -m "not slow"

# About two minutes: what a push runs.
test-fast: lint
	$(PYTEST) -m "not slow" tests/layers tests/model tests/optimization tests/tasks tests/house/test_imports.py tests/house/test_rooms.py tests/commands/test_config.py

test-slow: $(VENV)/installed-test
	$(PYTEST) -m slow

lint: $(VENV)/installed-test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/python -m mypy

# What `make test` runs of the packages, by lines. Processes that tests start
# are not counted.
coverage: $(VENV)/installed-test
	$(PYTEST) -m "not slow" --cov --cov-report=term:skip-covered --cov-report=html:build/coverage

# The packages in dist/, checked. Nothing is published.
build: $(VENV)/installed-test
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*

# The site in build/site: open build/site/index.html. A dead link or a page that
# the navigation lacks is an error. Needs no network.
.PHONY: docs docs-serve
docs: $(VENV)/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	$(BIN)/python -m tools.site.dead_links build/site

# The same at http://127.0.0.1:8000, rebuilt when a page changes.
docs-serve: $(VENV)/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

demo: $(VENV)/installed-demo
	$(BIN)/python examples/demo.py

# Runs the notebooks and saves their outputs: about 10 minutes. With NAMES, only
# those, such as NAMES=look_inside.
notebooks: $(VENV)/installed-test
	PYTHONPATH=tests/helpers $(BIN)/python -m docs.run_notebooks $(NAMES)

# Holds the seconds that the installation took, which the demo reports.
$(VENV)/installed-%: setup.py pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 10) <= v <= (3, 13) or sys.exit("albert_tf runs on Python 3.10 to 3.13. Received: %d.%d. Try make PYTHON=python3.11 ..." % v)'
	@date +%s > .venv-started
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25"
	$(BIN)/python -m pip install --quiet --editable ".[$*]"
	@echo $$(( $$(date +%s) - $$(cat .venv-started) )) > $@
	@rm -f .venv-started

clean:
	rm -rf $(VENV) build dist *.egg-info
