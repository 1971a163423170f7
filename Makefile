# Each target does the set-up it needs first; a second run finds everything in place.
# ATTENDANT_HOME=DIR keeps all that is generated under DIR instead of var/ and .venv/.

venv   := $(if $(ATTENDANT_HOME),$(ATTENDANT_HOME)/venv,.venv)
python := $(venv)/bin/python

.PHONY: help setup tools demo test lint run talk bench eval migrate models clean

help:     ## say what the targets do
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup:    ## install everything, verify it, and stop
	@scripts/bootstrap.sh

tools:    # the Python environment alone: enough for lint
	@scripts/bootstrap.sh --environment-only

demo: setup     ## a caller rings, asks, books and hangs up; hear it under var/demo
	@$(python) -m agent demo

test:     ## all tests, real calls included
	@scripts/bootstrap.sh --with-tests
	@$(python) -m pytest tests

lint: tools     ## style, types, layers and the shape of the code
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .
	@$(python) -m mypy --strict agent
	@$(venv)/bin/lint-imports
	@$(python) scripts/shape.py agent scripts tests

run: setup      ## the service, for a real trunk
	@$(python) -m agent run

talk: setup     ## the service and a softphone account to ring it with
	@$(python) -m agent talk

bench: setup    ## a measurement: make bench NAME=turn
	@$(python) -m agent bench $(NAME)

eval: setup     ## simulated callers against the running service: make eval SCENARIO=book N=10
	@$(python) -m agent call --scenario $(or $(SCENARIO),book) --n $(or $(N),10)

migrate: setup  ## bring the schema of every database here up to date
	@$(python) -m agent migrate

models: setup   ## fetch the models and compare every byte with models/manifest.toml
	@$(python) -m agent models verify

clean:    ## remove all that is generated; the next run starts from nothing
	@scripts/clean.sh
