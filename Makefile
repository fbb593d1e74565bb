# The two doors: `make` (environment, whole workflow, book) and `make test`.
# Every target is one ordinary command; CONTRIBUTING.md names them.

PYTHON  ?= python3.11
PROFILE ?= laptop
CORES   ?= all
BIN     := .venv/bin
READY   := .venv/ready

.PHONY: all environment test lint smoke constraints

all: environment
	$(BIN)/snakemake --cores $(CORES) --configfile config/$(PROFILE).yaml
	@echo "The book is ready: open build/$(PROFILE)/html/index.html in a browser."

environment: $(READY)

$(READY): constraints.txt requirements.txt pyproject.toml $(wildcard packages/*/pyproject.toml)
	@case "$$PWD" in *[[:space:]\"\'\`\$$\&\(\)\*\;\<\>\?\[\]\{\}\|\\:]*) \
		printf 'error: this folder has a space in its path, or a character with a meaning in a shell: %s; move it\n' "$$PWD" >&2; \
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
