# Two commands are the whole set-up: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

$(READY): requirements.lock pyproject.toml tools/make_venv.sh
	@PYTHON="$(PYTHON)" sh tools/make_venv.sh $(VENV)
	@touch $@

.PHONY: setup
setup: $(READY) ## make the virtual environment from requirements.lock

.PHONY: lock
lock: $(READY) ## resolve pyproject.toml into requirements.lock and the layers' requirements.txt; options in LOCK="--upgrade"
	@$(BIN)/python tools/lock.py $(LOCK)

.PHONY: commands
commands: $(READY) ## write docs/commands.md from the command line's own help
	@$(BIN)/python tools/command_reference.py

SAM_BUILD = SAM_CLI_TELEMETRY=0 $(BIN)/sam build --no-cached

.PHONY: build build-arm64
build: $(READY) ## build functions and layers for x86_64 into .aws-sam/build, with their sizes
	@$(SAM_BUILD) --build-dir .aws-sam/build --parameter-overrides Architecture=x86_64
	@$(BIN)/python tools/finish_build.py .aws-sam/build

build-arm64: $(READY) ## the same for arm64 into .aws-sam/build-arm64
	@$(SAM_BUILD) --build-dir .aws-sam/build-arm64 --parameter-overrides Architecture=arm64
	@$(BIN)/python tools/finish_build.py .aws-sam/build-arm64

FUNCTION :=
EVENT :=
SAM_LOCAL :=

.PHONY: sam-local
sam-local: $(READY) ## a built function in its container over a simulated organisation: FUNCTION=...; without it all of them
	@SAM_CLI_TELEMETRY=0 $(BIN)/python tools/sam_local.py $(FUNCTION) $(if $(EVENT),--event $(EVENT)) $(SAM_LOCAL)

EXPANDED := build/checks
PYTHON_SOURCES := functions layers/whyspike/python/whyspike laptop/whyspike tools tests benchmarks hatch_build.py

.PHONY: check check-python check-template
check: check-python check-template ## lint, types, who imports whom, the template and the state machine

check-python: $(READY) ## the part of it that is about Python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PYTHON_SOURCES)
	$(BIN)/lint-imports

check-template: $(READY) ## the part of it that is about the template and the state machine
	SAM_CLI_TELEMETRY=0 $(BIN)/sam validate --lint
	SAM_CLI_TELEMETRY=0 $(BIN)/sam validate --region us-east-1
	$(BIN)/python tools/expand_template.py $(EXPANDED)
	$(BIN)/cfn-lint $(EXPANDED)/template.json organization/*.yaml
	$(BIN)/checkov --config-file .checkov.yaml --file $(EXPANDED)/template.json organization/*.yaml
	$(BIN)/python tools/check_definition.py $(EXPANDED)/scan.asl.json

OUT := out/demo
DEMO :=

.PHONY: demo
demo: $(READY) ## scan a simulated organisation with the deployed files; options in DEMO="--days 10"
	@$(BIN)/whyspike demo --out $(OUT) $(DEMO)

.PHONY: pictures
pictures: $(READY) ## the README's pictures from a fresh demo; needs Chromium and fonts-noto-color-emoji
	@$(BIN)/whyspike demo --out out/pictures > /dev/null
	@$(BIN)/python tools/pictures.py out/pictures docs/pictures

# One file stays in one process: its tests share a simulated organisation.
.PHONY: test test-slow coverage
test: $(READY) ## the tests, on two processes; TESTS=tests/cli for some of them
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow" $(TESTS)

test-slow: $(READY) ## the tests that take long, which continuous integration runs too
	@$(BIN)/pytest -n 2 --dist loadfile -m slow $(TESTS)

# Counted in pytest's own processes: what runs in the functions' processes of a simulated scan is not seen.
coverage: $(READY) ## the tests with their coverage; below the floor in pyproject.toml they fail
	@$(BIN)/pytest -n 2 --dist loadfile -m "not slow" --cov --cov-report= $(TESTS)

.PHONY: chaos reliability
chaos: $(READY) ## faults over a simulated organisation, one after another (some minutes)
	@$(BIN)/pytest -n 2 --dist loadfile tests/chaos

reliability: $(READY) ## write docs/reliability.md from the faults that make chaos tries
	@$(BIN)/python -m tools.reliability

.PHONY: fuzz mutate
FUZZ := 1000000
fuzz: $(READY) ## throw damaged input at everything that reads: a million times, or FUZZ=10000; ONLY="part of a door's name", SEED=7, AGAIN=FILE that was kept
	@$(BIN)/python -m tests.fuzz --inputs $(FUZZ) $(if $(ONLY),--only "$(ONLY)") $(if $(SEED),--seed $(SEED)) $(if $(AGAIN),--again $(AGAIN))

mutate: $(READY) ## break the lines that guard money, alerts and signatures, and see a test fail for each; ONLY=word
	@$(BIN)/python tools/mutate.py $(ONLY)

.PHONY: bench-explanation
bench-explanation: $(READY) ## mark explanations over organisations with a known cause: ORGS=DIR, CLAUDE=DIR of recorded answers
	@$(BIN)/python benchmarks/explanation.py $(ORGS) $(if $(CLAUDE),--claude $(CLAUDE))

.PHONY: bench-detection
bench-detection: $(READY) ## detector beside the blog's, and its speed: BENCH=DIR of the detection benchmark; CASES=DIR of small bills, with a picture of each kind
	@test -n "$(BENCH)" || { echo "say where the detection benchmark lies: make bench-detection BENCH=DIR" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.detection "$(BENCH)"
	@if [ -n "$(CASES)" ]; then $(BIN)/python -m benchmarks.detection_pictures "$(CASES)" out/detection.svg; $(BIN)/python "$(CASES)/check.py"; fi

.PHONY: bench-organisation
bench-organisation: $(READY) ## what a scan takes of everything, and cold starts: ACCOUNTS="10 100 1000"; MASS=200: one cause in so many accounts
	@$(BIN)/python -m benchmarks.organisation $(if $(ACCOUNTS),--accounts $(ACCOUNTS)) $(if $(MASS),--mass-event $(MASS) --source member --out out/mass-event)
	@$(BIN)/python -m benchmarks.cold_start

.PHONY: bench-messages
bench-messages: $(READY) ## how long owners' messages are, over results of scans: DIRS="out/demo out/bench-explanation"
	@$(BIN)/python -m benchmarks.messages $(or $(DIRS),out)

.PHONY: bench-report
bench-report: $(READY) ## how large the report is of 200 to 5,000 accounts: DIR=out/demo, the files of a demo
	@$(BIN)/python -m benchmarks.report $(or $(DIR),out/demo)

.PHONY: bench
bench: $(READY) ## evaluations that ship (two minutes); larger ones too with BENCH=DIR or ORGS=DIR
	@$(BIN)/python -m benchmarks.evaluations
	@if [ -n "$(BENCH)" ]; then $(MAKE) --no-print-directory bench-detection; fi
	@if [ -n "$(ORGS)" ]; then $(MAKE) --no-print-directory bench-explanation; fi
