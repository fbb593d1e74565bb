# The two doors: `make` (environment, whole workflow, book) and `make test`.
# Every target is one ordinary command; CONTRIBUTING.md names them.

PYTHON  ?= python3.11
PROFILE ?= laptop
CORES   ?= all
BIN     := .venv/bin
READY   := .venv/ready

# Snakemake and others keep caches at home and ask for the user's name. Where there is no home that can be written to,
# as for a container's nameless user, this folder gives one, and the user's number is the name.
CACHES := "$${XDG_CACHE_HOME:-$$HOME/.cache}"
ifneq ($(shell test "$$HOME" && mkdir -p $(CACHES) 2>&1 && test -w $(CACHES) && echo ready),ready)
export HOME := $(CURDIR)/.home
unexport XDG_CACHE_HOME
endif
ifeq ($(LOGNAME)$(USER),)
export USER := $(shell id -u)
endif

.PHONY: all environment test lint smoke constraints

all: environment
	$(BIN)/snakemake --cores $(CORES) --configfile config/$(PROFILE).yaml
	@echo "The book is ready: open build/$(PROFILE)/html/index.html in a browser."

environment: $(READY)

$(READY): constraints.txt requirements.txt pyproject.toml $(wildcard packages/*/pyproject.toml)
	@case "$$(pwd -P)" in *[[:space:]\"\'\`\$$\&\(\)\*\;\<\>\?\[\]\{\}\|\\:]*) \
		printf 'error: this folder has a space in its path, or a character with a meaning in a shell: %s; move it\n' "$$(pwd -P)" >&2; \
		exit 1;; esac
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --requirement requirements.txt --group dev --constraint constraints.txt
	@touch $@

test: environment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2

lint: environment
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/snakemake --lint

smoke:
	$(MAKE) all PROFILE=smoke

# Pins what the environment holds now, without the local suffix of CPU builds.
constraints: environment
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu//' > constraints.txt
