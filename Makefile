# Everything runs in .venv, made here from what stands in requirements.txt (requirements-dev.txt) and pyproject.toml: files
# whose hash does not stand there are refused. After a change of dependencies in pyproject.toml: make constraints.
# Needs Python 3.11 or newer and nothing else. PIP_* in the environment is respected.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WANTED := $(shell cat requirements.txt requirements-dev.txt pyproject.toml | cksum | cut -d ' ' -f 1)
INSTALLED := $(VENV)/.installed-$(WANTED)
DEVELOPING := $(VENV)/.developing-$(WANTED)
# Twice as many processes as processors: many tests wait for servers. Files in the order that tests/conftest.py gives:
# sorted by their number of tests, the few long ones would come last and run alone.
PROCESSES := $(shell expr 2 '*' $$(nproc))
PIP := $(BIN)/python -m pip install --quiet
# Quick tests of what stands in two places: they fail within a minute, and without the other thousands.
IN_STEP := tests/test_house.py tests/test_in_step.py tests/core/test_features.py tests/people/test_everybody_names_it.py
PYTEST := $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder --durations 12

.PHONY: up test test-sqlite test-postgresql check bench crash screenshots vendor translations constraints audit clean

up: $(INSTALLED)
	$(BIN)/mobilize up --demo

test: test-sqlite test-postgresql

test-sqlite: $(DEVELOPING)
	$(PYTEST)

test-postgresql: $(DEVELOPING)
	$(PYTEST) --database postgresql -m 'not browser'

check: $(DEVELOPING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/translations.py missing
	$(BIN)/pytest --quiet $(IN_STEP)

bench: $(DEVELOPING)
	$(BIN)/python -m tests.bench

crash: $(DEVELOPING)
	$(BIN)/python -m tests.crash.full_run

screenshots: $(DEVELOPING)
	$(BIN)/python -m tests.browser.screenshots

vendor: $(DEVELOPING)
	$(BIN)/python -m scripts.vendor

translations: $(DEVELOPING)
	$(BIN)/python scripts/translations.py update

# Without hashes, since what is new has none yet; what is known keeps its version.
constraints: | $(BIN)/python
	$(PIP) 'setuptools>=75'
	$(PIP) $(shell sed -n 's/^\([^ #]*==[^ ]*\).*/\1/p' requirements-dev.txt) --editable '.[dev]'
	$(BIN)/python scripts/constraints.py

# Needs the network: asks for advisories about each pinned version.
audit: $(DEVELOPING)
	$(PYTHON) -m venv $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet pip-audit
	$(VENV)-audit/bin/pip-audit --require-hashes --disable-pip --requirement requirements-dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(INSTALLED): | $(BIN)/python
	$(PIP) --require-hashes --requirement requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	touch $@

$(DEVELOPING): | $(BIN)/python
	$(PIP) --require-hashes --requirement requirements-dev.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	touch $@ $(INSTALLED)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@$(PYTHON) -c 'import ensurepip' || { echo 'This Python cannot make environments; on Debian: apt install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)
