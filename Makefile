# `make demo` and `make test` each work as the first command in a fresh clone.

PYTHON ?= python3
VENV := .venv
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
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/test.stamp ## run the linter, the type checker and the floors contract
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports --no-logo

.PHONY: figures
figures: $(VENV)/test.stamp ## print the measured figures: times, bytes, accuracy (minutes)
	@$(BIN)/python benchmarks/importing.py
	@$(BIN)/python benchmarks/model.py
	@$(BIN)/python benchmarks/compiling.py
	@$(BIN)/python benchmarks/graph.py
	@$(BIN)/python benchmarks/accuracy.py

.PHONY: images
images: $(VENV)/demo.stamp ## draw the pictures of the documentation again
	@$(BIN)/python docs/draw_images.py

.PHONY: venv
venv: $(VENV)/test.stamp ## create .venv with all that the checks need

.PHONY: clean
clean: ## remove .venv, the caches and what was built or written
	rm -rf $(VENV) build dist examples/output *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so that an interrupted installation leaves none and is done again.

$(VENV)/python.stamp:
	@command -v "$(PYTHON)" > /dev/null || { \
	    echo "neurosim needs Python 3.11 or later, and there is no '$(PYTHON)' (choose one: make PYTHON=/path/to/python3.11 ...)" >&2; \
	    exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "neurosim needs Python 3.11 or later, and '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1) (choose one: make PYTHON=/path/to/python3.11 ...)" >&2; \
	    exit 1; }
	@echo "Creating $(VENV)"
	@"$(PYTHON)" -m venv --clear $(VENV)
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
