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

.PHONY: all environment test lint smoke wheels constraints

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
	$(BIN)/snakefmt --check Snakefile workflows/rules
	$(BIN)/pyright
	$(BIN)/lint-imports
	for package in packages/*/; do (cd $$package && ../../$(BIN)/deptry src) || exit 1; done
	$(BIN)/snakemake --lint

smoke:
	$(MAKE) all PROFILE=smoke

# The four wheels, installed into a fresh environment and tried there with what they bring along.
wheels: environment
	rm -rf build/wheels build/fresh
	for package in packages/*/; do $(BIN)/python -m build --wheel --outdir build/wheels $$package || exit 1; done
	$(PYTHON) -m venv build/fresh
	build/fresh/bin/python -m pip install --quiet --constraint constraints.txt build/wheels/*.whl
	cd build && fresh/bin/python -c 'import amcore.data, chmnet, cmhn, hkam.digits; \
		print(cmhn.load_pretrained().memory, hkam.digits.pretrained_edit("swap").memory.hopfield.size)'

# Pins what the environment holds now and, for what is not installed (the plugins for clusters, extras that have to be
# asked for), what goes with it; without the local suffix of CPU builds. Pins that are there already stay.
constraints: environment
	@mkdir -p build
	$(BIN)/python -m pip freeze --exclude-editable > build/installed.txt
	awk -F== '{name = tolower($$1); gsub(/[-_.]+/, "-", name)} NR == FNR {held[name]; next} !(name in held)' \
		build/installed.txt constraints.txt > build/others.txt
	$(BIN)/python -m pip install --quiet --dry-run --ignore-installed --report build/resolved.json \
		--constraint build/installed.txt --constraint build/others.txt \
		--requirement requirements.txt --group dev --group cluster --editable "packages/cmhn[speech]"
	$(BIN)/python -c 'import json; found = [e["metadata"] for e in json.load(open("build/resolved.json"))["install"] if "dir_info" not in e["download_info"]]; \
		print(*sorted((m["name"] + "==" + m["version"].split("+")[0] for m in found), key=str.lower), sep="\n")' > build/constraints.txt
	mv build/constraints.txt constraints.txt
