# `make demo` and `make test` each work as the first command in a fresh clone.

PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
# Two installations into one environment must not run side by side.
.NOTPARALLEL:
.DELETE_ON_ERROR:

.PHONY: help
help: ## list these commands
	@echo "neurosim: make <command>"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | \
	    while IFS='|' read -r name what; do printf '%-10s %s\n' "$$name" "$$what"; done

.PHONY: demo
demo: $(VENV)/demo.stamp ## see a network of neurons and synapses learn from real wages
	@$(BIN)/python examples/salary.py

.PHONY: test
test: lint ## run all checks: lint, then the tests, doctests, README and examples
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/test.stamp ## run the linter, the type checker and the floors contract
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo

# What is measured are compiled kernels, chosen by the rates of this very machine.
figures bench: export NEUROSIM_WARMUP = 0

.PHONY: figures
figures: $(VENV)/test.stamp ## print the measured figures: times, bytes, accuracy (minutes)
	@$(BIN)/python -m neurosim warmup
	@$(BIN)/python benchmarks/importing.py
	@$(BIN)/python benchmarks/starting.py
	@$(BIN)/python benchmarks/model.py
	@$(BIN)/python benchmarks/compiling.py
	@$(BIN)/python benchmarks/graph.py
	@$(BIN)/python benchmarks/rules.py
	@$(BIN)/python benchmarks/written.py
	@$(BIN)/python benchmarks/files.py
	@$(BIN)/python benchmarks/formats.py
	@$(BIN)/python benchmarks/accuracy.py

.PHONY: fuzz
fuzz: $(VENV)/test.stamp ## load 100,000 damaged and forged networks and states (minutes; FUZZ=1000 for fewer)
	@$(BIN)/python -m tests.io.fuzzing $(FUZZ)
	@$(BIN)/python -m tests.io.fuzzing_states $(FUZZ)
	@$(BIN)/python -m tests.io.fuzzing_formats $(FUZZ)

# Peers that cannot be installed are missing in the table; they do not stop the others.
.PHONY: bench
bench: $(BENCH)/bench.stamp ## measure neurosim beside its peers, write docs/benchmarks.md (20 minutes)
	@$(BENCH)/bin/python -m neurosim warmup
	@$(BENCH)/bin/python -m benchmarks.peers.environment
	@$(BENCH)/bin/python -m benchmarks.peers

# Warnings are errors, and so are names that lead nowhere.
.PHONY: docs
docs: $(VENV)/docs.stamp ## build the documentation site in docs/_build/html
	@rm -rf docs/reference/generated
	@$(BIN)/python -m sphinx -b html -E -W --keep-going -n -q docs docs/_build/html
	@echo "The site is at docs/_build/html/index.html"

.PHONY: images
images: $(VENV)/demo.stamp ## draw the pictures of the documentation again
	@$(BIN)/python docs/draw_images.py

.PHONY: venv
venv: $(VENV)/test.stamp ## create .venv with all that the checks need

.PHONY: clean
clean: ## remove the environments, the caches and what was built or written
	rm -rf $(VENV) $(BENCH) build dist examples/output benchmarks/results *.egg-info
	rm -rf docs/_build docs/gallery docs/reference/generated
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so that an interrupted installation leaves none and is done again.

$(VENV)/python.stamp $(BENCH)/python.stamp:
	@command -v "$(PYTHON)" > /dev/null || { \
	    echo "neurosim needs Python 3.11 or later, and there is no '$(PYTHON)' (choose one: make PYTHON=/path/to/python3.11 ...)" >&2; \
	    exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "neurosim needs Python 3.11 or later, and '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1) (choose one: make PYTHON=/path/to/python3.11 ...)" >&2; \
	    exit 1; }
	@echo "Creating $(@D)"
	@"$(PYTHON)" -m venv --clear $(@D)
	@touch $@

$(VENV)/demo.stamp: $(VENV)/python.stamp setup.cfg pyproject.toml
	@echo "Installing neurosim and what its examples need (once; about a minute)"
	@$(PIP_INSTALL) --editable ".[demo]"
	@touch $@

# The checks run the examples too: what they need includes what the demo needs.
$(VENV)/test.stamp: $(VENV)/python.stamp setup.cfg pyproject.toml
	@echo "Installing neurosim and what its checks need (once; about a minute)"
	@$(PIP_INSTALL) --editable ".[test]"
	@touch $(VENV)/demo.stamp $@

$(VENV)/docs.stamp: $(VENV)/python.stamp setup.cfg pyproject.toml
	@echo "Installing neurosim and what its site is built with (once; about a minute)"
	@$(PIP_INSTALL) --editable ".[docs]"
	@touch $(VENV)/demo.stamp $@

$(BENCH)/bench.stamp: $(BENCH)/python.stamp setup.cfg pyproject.toml
	@echo "Installing neurosim into $(BENCH) (its peers follow one by one; minutes, once)"
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[fast,plot]"
	@touch $@
