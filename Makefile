# `make run` starts the workbench, `make test` runs the tests. Both make what they need first: a Python of 3.12 or newer
# that is already on the machine, uv (installed into .uv where there is none) and .venv from the lock files.

VENV  ?= .venv
BIN   := $(VENV)/bin
SHELL := /bin/sh
# Compile at installation: otherwise the first start compiles two hundred packages.
export UV_COMPILE_BYTECODE = 1
# A warning is an error; with --quiet MkDocs would not count any. The variable silences the theme's advertisement.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
# Never read an active environment in place of ours.
unexport VIRTUAL_ENV
unexport CONDA_PREFIX

# Tests: both cores by default; `make test PYTEST="-n0 -x tests/jobs"` for one folder.
PYTEST ?=
# The whole suite measures coverage and fails below the bar in pyproject.toml; a part of it cannot be held to that.
COVERAGE = $(if $(PYTEST),,--cov --cov-report=term-missing:skip-covered)
# The workbench: `make run UP="--port 8080"`.
UP     ?=

.PHONY: run test check docs format bench lock clean help

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/run.stamp ## start the workbench and print its address
	@$(BIN)/modelyard up $(UP)

test: $(VENV)/test.stamp ## run the whole test suite
	$(BIN)/pytest -n 2 --dist loadfile -m "not nightly" $(COVERAGE) $(PYTEST)

check: $(VENV)/test.stamp ## lint, format, types, layers, documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(MKDOCS)

docs: $(VENV)/test.stamp ## build the documentation into build/docs
	$(MKDOCS)

format: $(VENV)/test.stamp ## format and fix what can be fixed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# What they print is explained in docs/benchmarks.md; all of them take about an hour on two quiet cores.
BENCHMARKS ?= import_cost first_paint latency sessions cpu_share import_csv import_source stream bad_input profile_large many_writers kill_anything ugly_files tabular_battery

bench: $(VENV)/test.stamp ## run the benchmarks (MODELYARD_DATA names a folder of tables; BENCHMARKS="latency sessions" for some)
	@failed=; for name in $(BENCHMARKS); do \
		echo "== $$name"; $(BIN)/python benchmarks/$$name.py || failed="$$failed $$name"; \
	done; if [ -n "$$failed" ]; then echo "A bar was missed by:$$failed"; exit 1; fi

lock: ## resolve the lock files anew from pyproject.toml
	scripts/lock

clean: ## remove the environment and caches; workspaces stay
	rm -rf $(VENV) .uv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* build dist

$(VENV)/run.stamp: locks/run.txt pyproject.toml
	@scripts/make-env $(VENV) locks/run.txt
	@touch $@

$(VENV)/test.stamp: locks/test.txt pyproject.toml
	@scripts/make-env $(VENV) locks/test.txt
	@touch $@ $(VENV)/run.stamp  # the tests' lock holds all of the other, in the same versions
