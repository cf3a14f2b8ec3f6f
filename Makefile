# Everything needs git, make and Python 3.11 or newer; the rest comes into .venv at the first call.
# PYTHON=/path/to/python3 chooses the interpreter; DATABASE_URL and KAFKA_BOOTSTRAP name servers to use instead of private ones.

.DEFAULT_GOAL := help
.PHONY: help demo up down test test-rules test-all coverage endings faults containers clauses cases mutants mutants-api bench lint types api release-events \
  audit-dependencies requirements clean

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install

# Two test processes: one plays the journeys on servers of their own, the other takes everything else.
TWO = -n 2 --dist loadgroup --no-loadscope-reorder
RULE_TESTS = $(wildcard tests/*/test_*_rules.py) tests/rulebooks

help: ## What there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

demo: $(VENV)/.stamp ## Play the whole circle on a private PostgreSQL and Kafka, then leave nothing running
	@$(BIN)/goufu demo

up: $(VENV)/.stamp ## Start everything and keep it open to explore
	@$(BIN)/goufu up

down: $(VENV)/.stamp ## End what `make up` started
	@$(BIN)/goufu down

test: $(VENV)/.stamp-dev ## Rules, services, bus and journeys on real servers (minutes)
	@$(BIN)/python -m pytest $(TWO) -m "not long" --proof test --durations=20
	@$(BIN)/python -m tests.proof.ways

test-rules: $(VENV)/.stamp-dev ## The pure rules and the rulebooks alone (seconds, no server)
	@$(BIN)/python -m pytest $(RULE_TESTS)

coverage: $(VENV)/.stamp-dev ## Which lines and branches of rules and handlers `make test` runs (build/coverage.json)
	@mkdir -p build && $(BIN)/python -m pytest $(TWO) -m "not long" --cov --cov-report=term --cov-report=json:build/coverage.json

test-all: $(VENV)/.stamp-dev ## The long forms that `make test` leaves out
	@$(BIN)/python -m pytest $(TWO) -m long --proof long --durations=20

endings: $(VENV)/.stamp-dev ## Whether every state has an end, all of them (hours; goes on where it was broken off; PART=2/8)
	@GOUFU_ENDINGS=$(or $(PART),all) $(BIN)/python -m pytest tests/endings -m long -s

faults: $(VENV)/.stamp-dev ## Play while everything is killed, frozen and cut, then check it all (MINUTES=5 SEED=7)
	@$(BIN)/python -m tests.faults.run --minutes $(or $(MINUTES),5) --seed $(or $(SEED),7)

containers: $(VENV)/.stamp-dev ## Bring docker-compose.yml up in a container engine of its own, play, kill, cut, upgrade (root)
	@$(BIN)/python -m tests.containers

clauses: $(VENV)/.stamp-dev build/proof/test.json ## Which clauses of the law the last `make test` proved
	@$(BIN)/python -m tests.proof.clauses

cases: $(VENV)/.stamp-dev ## What each city's law says to the same records, and whether as its cases say (CITY= QUESTION= OF=)
	@$(BIN)/goufu law cases $(if $(CITY),--city $(CITY)) $(if $(QUESTION),--question $(QUESTION)) $(if $(OF),--of $(OF))

mutants: $(VENV)/.stamp-dev ## Wrong the law and its rules a little; cases and rule tests must notice (ALL=1: every wrong, an hour)
	@$(BIN)/python -m tests.proof.judges $(if $(ALL),--all)

mutants-api: $(VENV)/.stamp-dev build/proof/test.json ## Wrong the law one clause at a time; the tests with its mark must go red (ALL=1)
	@$(BIN)/python -m tests.proof.mutants $(if $(ALL),--all)

bench: $(VENV)/.stamp-dev ## Measure beside the references, in turns; BENCH="command --rounds 7" chooses (ten minutes)
	@$(BIN)/python -m tests.bench $(BENCH)

lint: $(VENV)/.stamp-dev ## Style, format and the boundaries between packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(VENV)/.stamp-dev ## Static types, strictly
	@$(BIN)/mypy

api: $(VENV)/.stamp-dev ## Write the OpenAPI documents (docs/api), docs/states.md and the schemas of events anew
	@$(BIN)/python -m deploy.event_schemas
	@$(BIN)/python -m deploy.api_documents

release-events: $(VENV)/.stamp-dev ## At a release alone: what events look like from now on (docs/api/released-events.json)
	@$(BIN)/python -m deploy.released_events

audit-dependencies: $(VENV)/.stamp-dev ## Whether a known vulnerability names a pinned package; says when nobody can be asked
	@$(BIN)/python -m tests.proof.dependencies

requirements: ## Write the pinned requirements again, after a change of pyproject.toml (UPGRADE=--upgrade moves them all)
	@UV=$$(command -v uv || command -v $(BIN)/uv) || { echo "make requirements needs uv: $(BIN)/pip install uv" >&2; exit 1; }; \
	compile() { out=$$1; shift; "$$UV" pip compile --quiet - --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header $(UPGRADE) --output-file "$$out" "$$@"; }; \
	ours() { echo 'setuptools>=75' | compile "$$@" pyproject.toml; }; \
	ours requirements-dev.txt --extra local --extra dev --extra bench && \
	ours requirements-local.txt --extra local --constraint requirements-dev.txt && \
	ours requirements.txt --constraint requirements-dev.txt && \
	echo 'pip-audit>=2.10,<3' | compile requirements-audit.txt && \
	if grep -n '://' requirements*.txt; then echo "an address does not belong into the requirements" >&2; exit 1; fi

# What `make test` leaves behind; in a fresh clone it has to be run first.
build/proof/test.json: | $(VENV)/.stamp-dev
	@$(MAKE) test

clean: ## Remove the virtual environment and everything generated
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What running needs, and on top of it what testing needs. The package itself comes last: pinned, hashed, without a build
# environment of its own.
$(VENV)/.stamp: requirements-local.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (once, about a minute) ..."
	@$(PIP) --require-hashes -r $<
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (once, about a minute) ..."
	@$(PIP) --require-hashes -r $<
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $(VENV)/.stamp $@

$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "$$python cannot make virtual environments: install python3-venv (or the like) and try again" >&2; exit 1; }; \
	  rm -rf $(VENV); exec "$$python" -m venv $(VENV); \
	done; echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=/path/to/python3" >&2; exit 1
