# Everything lives in .venv inside the checkout. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# the whole population
DEMO_SCALE ?= 1
DEMO_OUT ?= data_lake/demonstration
UV_VERSION := 0.13.9
# a module of tests stays in one worker; a lake that several need is made once (tests/lib/lakes.py); the longest modules
# begin first (tests/conftest.py), not those of most tests
WORKERS ?= 2
PARALLEL = -n $(WORKERS) --dist loadscope --no-loadscope-reorder
export DO_NOT_TRACK := 1
# `make ui` keeps its run history (DAGSTER_HOME); a demo run keeps none, see docs/decisions/0008
unexport DAGSTER_HOME
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-spark hooks demo test test-all lint style types tests ui pictures locks clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# a stamp per lock: nothing is installed twice; bytecode is compiled once, because importing Dagster without it is slow
$(VENV)/.run-stamp: requirements/run.lock pyproject.toml | $(BIN)/uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --compile-bytecode -r requirements/run.lock
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test-stamp: requirements/test.lock $(VENV)/.run-stamp
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --compile-bytecode -r requirements/test.lock
	@touch $@

# a source package of Spark's, built with the setuptools of the run lock: what builds it is hashed too
$(VENV)/.spark-stamp: requirements/spark.lock $(VENV)/.run-stamp
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --no-build-isolation -r requirements/spark.lock
	@touch $@

setup: $(VENV)/.run-stamp ## install what a run needs
setup-test: $(VENV)/.test-stamp hooks ## install what the tests need, and the commit hooks
setup-spark: $(VENV)/.spark-stamp ## install what counting on Spark needs (HANDLEPLAN_ENGINE=spark); Java 17 or later must be there

# only in a checkout of one's own: not without git, in a worktree, or where somebody else keeps the hooks
hooks: $(VENV)/.test-stamp
	@if [ -d .git ] && [ ! -e .git/hooks/pre-commit ] && [ -z "$$(git config core.hooksPath)" ]; then \
		$(BIN)/pre-commit install || echo "the commit hooks could not be installed; everything else works"; \
	fi

demo: setup ## run the whole pipeline on official figures and generated deliveries; print status and release
	$(BIN)/handleplan synthesize --out $(DEMO_OUT) --scale $(DEMO_SCALE) --years 2006-2015 --hard
	$(BIN)/handleplan run --landing $(DEMO_OUT)

test: setup-test style ## linters, types, import rules and the tests (slow ones excepted)
	@$(MAKE) --no-print-directory -j 2 types tests MARKED='-m "not slow"'

test-all: setup-test style ## all tests, the slow ones too
	@$(MAKE) --no-print-directory -j 2 types tests

# types take half a minute of one core after a change: they are checked beside the tests; what is quick comes before both
lint: style types
style: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
types: setup-test
	$(BIN)/mypy
tests: setup-test
	$(BIN)/python -m pytest -q $(MARKED) $(PARALLEL)

# the history is made before webserver and daemon start: two that make it at the same time can leave it unreadable
ui: setup ## open the Dagster UI on the same data, http://127.0.0.1:3000
	@$(BIN)/python -c "import socket; socket.create_connection(('127.0.0.1', 3000), 1)" 2> /dev/null && \
		{ echo "Something answers at 127.0.0.1:3000 already. Stop it first: two would share the port and the history."; exit 2; } || true
	@DAGSTER_HOME=$(CURDIR) $(BIN)/dagster instance info > /dev/null
	DAGSTER_HOME=$(CURDIR) $(BIN)/dg dev --host 127.0.0.1 --port 3000

pictures: setup-test ## the README's pictures, of the latest release; needs chromium
	$(BIN)/python scripts/make_pictures.py

locks: $(BIN)/uv ## resolve the dependencies anew into requirements/*.lock (no index host is written)
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --extra test -c requirements/run.lock -o requirements/test.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --extra spark -c requirements/test.lock -o requirements/spark.lock

clean: ## remove the lake's tables, releases, archive and history; the pinned reference files and landing stay
	chmod -R u+w data_lake/releases data_lake/raw data_lake/quarantine 2>/dev/null || true
	rm -rf data_lake/tables data_lake/releases data_lake/raw data_lake/quarantine data_lake/demonstration data_lake/warehouse.duckdb data_lake/.dagster data_lake/.lock
