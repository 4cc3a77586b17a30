# launchops. `make rehearse` and `make test` set up everything they need.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)
export MOLECULE_GLOB := molecule/*/molecule.yml
PYTEST_WORKERS ?= 2

.PHONY: help setup rehearse test lint types sanity unit molecule bench test-matrix lock pgbouncer clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/.runtime: requirements/runtime.lock requirements/postgresql.lock tools/postgresql.py
	@test -n "$(PYTHON)" || { echo "launchops needs Python 3.11 or newer with the venv module: install it, or name it with make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what a run needs into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.lock
	@$(BIN)/python tools/postgresql.py
	@touch $@

$(BIN)/.dev: requirements/dev.lock $(BIN)/.runtime
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

setup: $(BIN)/.runtime $(BIN)/.dev ## Prepare .venv, run nothing

rehearse: $(BIN)/.runtime ## Ship a bad release to the local cloud and roll it back
	@$(BIN)/python tools/rehearse.py

test: lint types unit sanity molecule ## Everything: linters, types, tests, sanity, molecule

lint: $(BIN)/.dev ## ruff, yamllint, ansible-lint at the production profile
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/yamllint --strict .
	@$(BIN)/ansible-lint --profile production

types: $(BIN)/.dev ## mypy --strict
	@$(BIN)/python tools/typecheck.py

unit: $(BIN)/.dev ## unit, contract, integration and fault tests
	@$(BIN)/pytest -n $(PYTEST_WORKERS) tests

sanity: $(BIN)/.dev ## ansible-test sanity on the built collection
	@$(BIN)/python tools/sanity.py

molecule: $(BIN)/.dev ## molecule scenarios against the sandbox
	@$(BIN)/molecule test --all

bench: $(BIN)/.dev ## Ratios against named peers, in one run
	@$(BIN)/python -m benchmarks.dispatch
	@$(BIN)/python -m benchmarks.rollback
	@$(BIN)/python -m benchmarks.idle_connections

test-matrix: ## The tests on every interpreter found among 3.11, 3.12 and 3.13
	@for v in 3.11 3.12 3.13; do \
	  p=$$(command -v python$$v) && $$p -c 'import venv, ensurepip' 2>/dev/null || { echo "python$$v: not found, skipped"; continue; }; \
	  echo "== python$$v"; $(MAKE) --no-print-directory unit PYTHON=$$p VENV=.venv-$$v || exit 1; \
	done

lock: $(BIN)/.dev ## Bring the pinned dependencies up to date
	@for f in runtime dev; do $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" $$( [ $$f = dev ] && echo -c requirements/runtime.lock ) requirements/$$f.in -o requirements/$$f.lock; done
	@$(BIN)/uv pip compile --quiet --upgrade --no-deps --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements/postgresql.in -o requirements/postgresql.lock

pgbouncer: $(BIN)/.runtime ## Unpack PgBouncer into $(VENV) where Debian's packages can be had
	@$(BIN)/python tools/postgresql.py pgbouncer

clean: ## Stop the sandbox, remove what was generated
	@[ ! -d .sandbox ] || $(BIN)/python -m sandbox down --purge
	@rm -rf .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis build
