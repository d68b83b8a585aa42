# The project's commands. They need Python 3.11 and the package index, nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
ifeq (, $(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
BIN := .venv/bin
PINNED := .venv/lock/bin/pip-compile --quiet --generate-hashes --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade) --output-file
extra = $(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["$(1)"], sep="\n")'

.PHONY: help run demo setup test lock check charts bench chaos

help: ## Show these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

.venv/run.stamp: requirements.txt sandbox/requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r sandbox/requirements.txt
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: .venv/run.stamp ## Install and start the App; where nothing is filled in in .env, the demo around it
	@if [ "$$($(BIN)/python -m app configured)" = no ]; then \
		exec $(BIN)/python -m sandbox demo; \
	else \
		exec $(BIN)/python -m app serve; \
	fi

demo: .venv/run.stamp ## Install and play the demo, whatever is in .env
	@exec $(BIN)/python -m sandbox demo

setup: .venv/run.stamp ## Register the GitHub App and write .env: make setup HOST=https://… TICKETS=owner/name [ORG=…]
	$(BIN)/python -m app setup "$(HOST)" "$(TICKETS)" $(if $(ORG),--organization "$(ORG)")

test: .venv/dev.stamp ## Install what the tests need and run them
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

lock: .venv/lock.stamp ## Pin in the requirements files what pyproject.toml names, and all it needs; UPGRADE=1: the newest there is
	$(PINNED) requirements.txt --strip-extras pyproject.toml
	$(call extra,sandbox) | $(PINNED) sandbox/requirements.txt --constraint requirements.txt -
	$(call extra,dev) | $(PINNED) requirements-dev.txt --constraint requirements.txt -

.venv/lock.stamp:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/pip install --quiet --disable-pip-version-check pip-tools
	touch $@

check: .venv/dev.stamp charts ## Format, lint, types, import floors, workflows, forms, charts and the squad's example file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms \
		$(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --schemafile docs/prod-squad.schema.json docs/examples/prod-squad.yml

charts: # reports' charts, read by Mermaid itself; Node.js is nothing that `make test` or `make run` needs
	@if command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory .venv/mermaid.stamp && node tests/mermaid/check.mjs; \
	else \
		echo "SKIPPED: there is no Node.js here, so Mermaid has not read the charts of tests/golden." >&2; \
	fi

.venv/mermaid.stamp: tests/mermaid/package-lock.json
	mkdir -p $(@D)
	npm ci --prefix tests/mermaid --ignore-scripts --no-audit --no-fund --silent
	touch $@

bench: .venv/dev.stamp ## Measure what docs/operations.md tells, side by side, on both stores; on a quiet machine about eight minutes
	$(BIN)/python -m tests.bench.doors
	$(BIN)/python -m tests.bench.settles
	$(BIN)/python -m tests.bench.saves
	$(BIN)/python -m tests.bench.fleet
	$(BIN)/python -m tests.bench.owners
	$(BIN)/python -m tests.bench.intake
	$(BIN)/python -m tests.bench.rest
	$(BIN)/python -m tests.bench.nag
	$(BIN)/python -m tests.bench.new_errors
	$(BIN)/python -m tests.chaos.bodies

chaos: .venv/dev.stamp ## Kill the App a hundred times in a storm, on both stores, and while it calls people, and two in turn; judge commands; 35 minutes
	$(BIN)/python -m tests.chaos.storm
	$(BIN)/python -m tests.chaos.storm --store postgresql
	$(BIN)/python -m tests.chaos.fleet
	$(BIN)/python -m tests.chaos.pings
	$(BIN)/python -m tests.chaos.comments
	$(BIN)/python -m tests.chaos.new_errors
