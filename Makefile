# `make` alone lists the targets. Each target that needs Python makes its own environment in .venv when that is missing
# and leaves it alone when it is up to date.
VENV ?= .venv
BUDGET ?= 0.10#       the example budget: cut-offs per hold that the user would accept
JOBS ?= 2#            processes that share the tests
CONSTRAINTS ?= constraints.txt#   pins for Python 3.11; give an empty value to do without
PYTHON ?=#            the interpreter that makes .venv; empty: the first fitting one on this machine
PYTEST_FLAGS ?=
DRAWS ?= 10000#       conversations that `make fuzz` draws for each promise

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test fuzz lint lab docs bench bench-ui pins clean

override VENV := $(strip $(VENV))
override BUDGET := $(strip $(BUDGET))
override JOBS := $(strip $(JOBS))
override CONSTRAINTS := $(strip $(CONSTRAINTS))
override PYTHON := $(strip $(PYTHON))

BIN := $(VENV)/bin
RUN_EXTRAS := onnx
TEST_EXTRAS := onnx,vad,dev,live,interop,search
RUN_READY := $(VENV)/.ready-run
TEST_READY := $(VENV)/.ready-test

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: $(RUN_READY)  ## replay, measure, draw and tune the sessions that come along; leaves out/report.html
	@$(BIN)/bargein run --out out --max-cutoffs-per-hold $(BUDGET)

test: lint  ## lint, types, then all tests (browser tests need chromium, mirror tests BARGEIN_DATA_MIRROR)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(PYTEST_FLAGS)

fuzz: $(TEST_READY)  ## what the gates promise, on 10,000 generated conversations each; prints what was heard
	BARGEIN_FUZZ=$(DRAWS) $(BIN)/python -m pytest -q -s -n0 tests/test_guarantees.py

lint: $(TEST_READY)  ## the checks that read the code without running it
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The settings folder keeps JupyterLab's news pop-up away; without one of its own the server would ask at every first start.
# It also lets a page of Markdown open as a page, so that the start page's links can be followed.
lab: $(RUN_READY)  ## open JupyterLab on a page that links the notebooks
	@mkdir -p $(VENV)/etc/jupyter/labconfig
	@cp notebooks/lab-settings.json $(VENV)/etc/jupyter/labconfig/default_setting_overrides.json
	@echo "JupyterLab opens in the browser; stop it here with Ctrl-C."
	@$(BIN)/jupyter lab $$([ "$$(id -u)" != 0 ] || echo --allow-root) --ServerApp.root_dir="$(CURDIR)" \
	  --LabApp.default_url=/lab/tree/notebooks/start.md

docs: $(RUN_READY)  ## every notebook, executed, and every page of the docs as HTML in out/docs
	@$(BIN)/python scripts/build_docs.py --out out/docs
	@echo "Open out/docs/index.html."

bench: $(TEST_READY)  ## measure the speeds that the docs state
	$(BIN)/python benchmarks/run.py

bench-ui: $(TEST_READY)  ## measure timeline, comparison and tuner of an hour in JupyterLab (needs chromium)
	$(BIN)/python benchmarks/ui.py

pins: $(TEST_READY)  ## write constraints.txt anew from what .venv holds
	@{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable --quiet | grep -E '^[A-Za-z0-9._-]+==' | LC_ALL=C sort -f; } > constraints.tmp
	@mv constraints.tmp constraints.txt
	@touch $(RUN_READY) $(TEST_READY)
	@echo "constraints.txt: $$(grep -c == constraints.txt) packages"

clean:  ## remove .venv, out and the caches; the recordings and scores in data/ stay
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .hypothesis constraints.tmp
	find toolkit tests benchmarks docs notebooks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	find notebooks -name .ipynb_checkpoints -prune -exec rm -rf {} + 2>/dev/null || true

# The environment. A version manager may put a python3.12 on the PATH that only says it is not installed, so each is asked to run.
$(BIN)/python:
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python cannot make virtual environments: on Debian or Ubuntu, 'sudo apt install python3-venv', then again." >&2; exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$("$$python" --version)."; \
	  exec "$$python" -m venv --clear $(VENV); \
	done; \
	echo "bargein needs Python 3.11 or newer, and $(or $(PYTHON),this PATH) has none. Name one: make PYTHON=/path/to/python3.12 run" >&2; exit 1

# Without build isolation, so that a second install needs no network. The pins are those of Python 3.11: on another version
# librosa, numpy and scipy are other ones, and pip chooses freely within pyproject.toml.
define install
	@echo "Installing bargein[$(1)] into $(VENV): once, about a minute with a fast link ..."
	@pins=; if [ -n "$(CONSTRAINTS)" ] && $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then pins="-c $(CONSTRAINTS)"; fi; \
	pip="$(BIN)/python -m pip install -qq --disable-pip-version-check --prefer-binary --progress-bar off"; \
	$$pip $$pins 'hatchling>=1.26' && $$pip $$pins --no-build-isolation -e '.[$(1)]' \
	|| { echo "The install failed: the lines above say why. No network? A proxy? Then the same command again goes on." >&2; exit 1; }
	@echo "Compiling the inner loops, once ..." && $(BIN)/python -m bargein.vad.warm
endef

$(RUN_READY): pyproject.toml $(wildcard constraints.txt) | $(BIN)/python
	$(call install,$(RUN_EXTRAS))
	@touch $@

$(TEST_READY): pyproject.toml $(wildcard constraints.txt) | $(BIN)/python
	$(call install,$(TEST_EXTRAS))
	@touch $(RUN_READY) $@
