# Two commands are the whole set-up: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

$(READY): requirements.lock pyproject.toml tools/make_venv.sh
	@PYTHON="$(PYTHON)" sh tools/make_venv.sh $(VENV)
	@touch $@

.PHONY: setup
setup: $(READY) ## make the virtual environment from requirements.lock

.PHONY: lock
lock: $(READY) ## resolve pyproject.toml into requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --extra local --extra dev -o requirements.lock pyproject.toml
