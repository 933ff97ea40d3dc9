# Everything a person does with Curbside from a shell. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench soak screens vendor lock format types imports rules scripts

PORT ?= 8000
CURBSIDE_DATA ?= var
CURBSIDE_DEMO ?= 1
# More words for pytest, like ARGS="-k waiting"; a part of the tests is not held to the coverage of the whole.
ARGS ?=
# One benchmark of `make bench`, or part of `make soak`, by name, like ONLY=join; empty means all.
ONLY ?=
SEED ?=

# Where this is set, each server that a test starts compiles everything anew: a seventh of its start.
unexport PYTHONDONTWRITEBYTECODE

bin := .venv/bin
python := $(bin)/python
scripts_under_test := $(shell find tests/static -name '*.test.js' 2>/dev/null | sort)

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

run: ## serve with demo data on http://127.0.0.1:8000 (PORT=, CURBSIDE_DATA=)
	@docker/bootstrap.sh run
	@CURBSIDE_DEMO=$(CURBSIDE_DEMO) CURBSIDE_DATA=$(CURBSIDE_DATA) \
	    exec $(bin)/curbside serve --host 127.0.0.1 --port $(PORT)

test: ## every test, in real browsers and on both databases (ARGS=)
	@docker/bootstrap.sh test
	node --test --test-reporter=spec $(scripts_under_test)
	$(if $(ARGS),,$(python) -m pytest -n 0 --alone tests/e2e)
	$(python) -m pytest -n 2 $(if $(ARGS),$(ARGS),--mirrors)

lint: ## ruff, mypy, import-linter, tsc
	@docker/bootstrap.sh lint
	@$(MAKE) --no-print-directory --jobs 2 --output-sync types rules imports scripts

# The parts of lint, two at a time. The one that takes longest begins.
types:
	$(bin)/mypy

rules:
	$(bin)/ruff check
	$(bin)/ruff format --check

imports:
	$(bin)/lint-imports --no-logo

scripts:
	npm run --silent check

format: ## put the Python code into its one format
	@docker/bootstrap.sh lint
	$(bin)/ruff check --fix-only
	$(bin)/ruff format

bench: ## measure beside the budgets; results in tests/bench/results (ONLY=)
	@docker/bootstrap.sh test
	$(python) -m tests.bench $(ONLY)

soak: ## long journeys, chaos, killed senders, thousands of joins, random frames; prints its seed (SEED=, ONLY=)
	@docker/bootstrap.sh test
	$(if $(ONLY),,$(python) -m pytest -n 0 -s --long -m long)
	$(python) -m tests.soak $(ONLY) $(if $(SEED),--seed $(SEED))

screens: ## every page as a picture, into docs/screens
	@docker/bootstrap.sh test
	$(python) -m tests.screens

vendor: ## build static/vendor from package-lock.json
	@docker/bootstrap.sh lint
	npm run --silent vendor

lock: ## pin what pyproject.toml asks for, with hashes
	@docker/bootstrap.sh lint
	$(pin) -o requirements.lock
	$(pin) --extra dev --constraint requirements.lock -o requirements-dev.lock

# A hashed list names no download address, so it installs from whatever index a machine is set up with.
pin := $(bin)/uv --quiet pip compile pyproject.toml --extra build --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
