# Everything a person types. Needs only make and a Python 3.11 or newer (with its venv module).
#
# Each virtual environment has a stamp, touched when its installation is complete. As long as the stamp is newer than the
# pinned requirements nothing is installed again, and `make run` goes straight to the server.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

ARGS ?=
# At most four test processes: more only compete for the database.
WORKERS ?= auto
UV_VERSION ?= 0.13.9

VENV := .venv
BENCH_VENV := .venv-bench
RUN_READY := $(VENV)/.ready-run
TEST_READY := $(VENV)/.ready-test
BENCH_READY := $(BENCH_VENV)/.ready-bench
BROWSER := tests/browser
BROWSER_READY := $(BROWSER)/node_modules/.package-lock.json

# The first interpreter that is new enough and can make virtual environments; else the first that is new enough, so that
# tools/prepare.py can say what it lacks. Looked for only when something has to be installed.
define find_python
for name in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  "$$name" -c 'import ensurepip, venv' 2>/dev/null && { python=$$name; break; }; \
	  python=$${python:-$$name}; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Doorward needs Python 3.11 or newer, and none was found (tried: python3.11 to python3.14, python3)." >&2; \
	  echo "On Debian or Ubuntu: apt install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3.11 setup" >&2; \
	  exit 1; \
	fi
endef

.PHONY: help setup run test test-ready check bench lock clean

help: ## say what can be typed here
	@echo "make setup   make the virtual environment with the pinned dependencies"
	@echo "make run     set up when needed, then start the server        (ARGS='--port 9000 …')"
	@echo "make test    set up when needed, then run the whole suite     (ARGS='-k journal -x …')"
	@echo "make check   lint, format, types, architecture, security lint"
	@echo "make bench   run the comparisons under benchmarks/            (ONLY=door, ARGS='…')"
	@echo "make lock    pin the dependencies again, with hashes          (ARGS='--upgrade')"
	@echo "make clean   remove what these made"

setup: $(RUN_READY)

# `exec`: the server takes the place of the shell, so that Ctrl-C and SIGTERM reach it and nothing else.
run: $(RUN_READY)
	@exec $(VENV)/bin/doorward serve $(ARGS)

test: test-ready
	@$(VENV)/bin/python -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

# Without npm there is no axe-core: the tests that need it say so and are skipped.
test-ready: $(TEST_READY)
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory --silent $(BROWSER_READY); fi

check: $(TEST_READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest tests/test_architecture.py
	$(VENV)/bin/bandit -q -r src -c pyproject.toml

bench: $(BENCH_READY)
	@for main in benchmarks/$(or $(ONLY),*)/__main__.py; do \
	  [ -e "$$main" ] || { echo "There is no $$main."; exit 1; }; \
	  name=$$(basename "$$(dirname "$$main")"); \
	  echo "== benchmarks/$$name"; \
	  $(BENCH_VENV)/bin/python -m "benchmarks.$$name" $(ARGS) || exit 1; \
	done

$(RUN_READY): requirements/run.txt pyproject.toml
	@$(find_python); "$$python" tools/prepare.py $(VENV) requirements/run.txt
	@touch $@

$(TEST_READY): requirements/test.txt $(RUN_READY)
	@$(find_python); "$$python" tools/prepare.py $(VENV) requirements/test.txt
	@touch $@

$(BENCH_READY): requirements/bench.txt pyproject.toml
	@$(find_python); "$$python" tools/prepare.py $(BENCH_VENV) requirements/bench.txt
	@touch $@

$(BROWSER_READY): $(BROWSER)/package.json $(BROWSER)/package-lock.json
	@echo "Installing the browser tests' packages ..."
	@npm ci --prefix $(BROWSER) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# uv only resolves and writes the pins; it comes and goes in a folder of its own. `run` first: the others are held to its versions.
lock:
	@$(find_python); \
	uv_home=$$(mktemp -d); trap 'rm -rf "$$uv_home"' EXIT; \
	"$$python" -m venv "$$uv_home" && "$$uv_home/bin/pip" install --quiet --disable-pip-version-check uv==$(UV_VERSION) || exit 1; \
	for name in run test bench; do \
	  hold=; [ $$name = run ] || hold="--constraint requirements/run.txt"; \
	  "$$uv_home/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links --no-annotate $$hold $(ARGS) \
	    --output-file requirements/$$name.txt requirements/$$name.in >/dev/null || exit 1; \
	  echo "requirements/$$name.txt: $$(grep -c '^[a-z0-9]' requirements/$$name.txt) packages pinned"; \
	done

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(BROWSER)/node_modules .build .mypy_cache .ruff_cache .pytest_cache .hypothesis
