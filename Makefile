# Everything happens in .venv. `make study` and `make test` need Python >= 3.12 and make, nothing else.
PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
# for `make bench`: a Python that has gpboost
PEERS ?= $(PLURALSTATS_PEERS_PYTHON)

.PHONY: install install-alignment install-docs study test docs lint smollm2 bench bench-tiny clean

install: $(VENV)/installed

$(VENV)/installed: requirements.lock pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || { \
	  echo "pluralstats needs Python 3.12 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Run: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

# torch and what trains on it: 5 GB, which `make study` does without
install-alignment: $(VENV)/installed-alignment

$(VENV)/installed-alignment: $(VENV)/installed requirements-alignment.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-alignment.lock
	@touch $@

# what makes the pages: Sphinx and what executes notebooks; no torch
install-docs: $(VENV)/installed-docs

$(VENV)/installed-docs: $(VENV)/installed requirements-docs.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-docs.lock
	@touch $@

study: install
	$(BIN)/pluralstats study --out results

# Whoever has no test left takes half of another's, so that all end together; most files stay with one worker.
test: install-alignment
	$(BIN)/pytest -n auto --dist worksteal

# the pages, made anew with all their notebooks and figures: docs/_build/html/index.html
docs: install-docs
	rm -rf docs/_build docs/generated
	$(BIN)/sphinx-build --fail-on-warning --keep-going --nitpicky -d docs/_build/doctrees docs docs/_build/html

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# a real language model trained for a group of simulated raters: about five minutes, see analysis/smollm2.py
smollm2: install-alignment
	$(BIN)/pip install --quiet --disable-pip-version-check gguf
	$(BIN)/python analysis/smollm2.py --out runs/smollm2

# maximum likelihood beside other programs: an hour on an idle machine, then the tables of docs/benchmarks.md
bench: install
	$(BIN)/python benchmarks/speed.py --page --peers-python "$(PEERS)"

# every benchmark script on tiny data, its promises judged
bench-tiny: install-alignment
	$(BIN)/pytest tests/benchmarks

clean:
	rm -rf $(VENV) results build docs/_build docs/generated *.egg-info
