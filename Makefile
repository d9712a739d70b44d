# Two commands are all you need: `make demo` and `make test`. Each sets itself up; the second run starts at once.
# While you work, `make check` is the quick one.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PIP    := PYTHONWARNINGS=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt
# One more than there are cores: some tests wait, for a limit to be reached or for a process to end.
JOBS   ?= $(shell expr 1 + $$(env -u OMP_NUM_THREADS nproc 2> /dev/null || getconf _NPROCESSORS_ONLN))

# PyPI's torch for Linux brings 2 GB of CUDA packages. On a machine without a GPU:
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=

export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test tests check changed built hostile faults upstream lint build prove lab clean sandbox

help:
	@echo "make demo    grade a made-up class of ten, from release to feedback"
	@echo "make test    everything that CI runs: style, types, built files, all tests (twenty minutes on two cores)"
	@echo "make check   before a commit: style, types, built files, and the tests of what changed since the last commit"
	@echo "             and, on a branch, since it left main (a minute or so where few modules use what changed)"
	@echo "make lint    style and types only"
	@echo "make hostile, make faults, make upstream"
	@echo "             one part of the tests: attacks on the grader, faults while it works, nbgrader's own suite"
	@echo "make lab     open JupyterLab on the lectures"
	@echo "make build   make the notebooks from their sources (course build)"
	@echo "make prove   show that the tests tell right from wrong (course prove)"
	@echo "make clean   remove the environment and everything that grading wrote"

demo: $(READY) sandbox
	@course demo $(if $(UNSAFE),--unsafe)

# Style and types beside the tests, which leave a core idle at times.
test: $(READY) sandbox
	@$(MAKE) --no-print-directory --jobs 2 lint tests

check: $(READY) sandbox
	@$(MAKE) --no-print-directory --jobs 3 lint built changed

tests: $(READY) sandbox
	pytest -n $(JOBS) --dist worksteal

changed: $(READY) sandbox
	python tests/support/affected.py

built: $(READY)
	course build --check

hostile faults upstream: $(READY) sandbox
	pytest tests/$@

lint: $(READY)
	ruff check .
	ruff format --check .
	codespell
	deptry .
	mypy
	lint-imports --no-logo --cache-dir .cache/imports

build prove: $(READY)
	course $@

lab: $(READY)
	jupyter lab lectures

# Submissions are graded in a sandbox made by bubblewrap; installed here when it is missing and that needs no password.
APT := env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet bubblewrap
sandbox:
	@test "$$(uname)" != Linux -o -n "$(UNSAFE)" || command -v bwrap > /dev/null || \
		{ echo "Installing bubblewrap ..."; \
		if [ "$$(id -u)" = 0 ]; then SUDO=; else SUDO="sudo -n"; fi; \
		command -v apt-get > /dev/null && { $$SUDO $(APT) || { $$SUDO apt-get update --quiet && $$SUDO $(APT); }; } > /dev/null 2>&1; \
		command -v bwrap > /dev/null; } || \
		{ echo "bubblewrap is missing. Type: sudo apt install bubblewrap   (Fedora: sudo dnf install bubblewrap)"; exit 1; }

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "Could not make $(VENV). On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (a few minutes, once) ..."
	@test -z "$(TORCH_INDEX)" || $(PIP) --index-url "$(TORCH_INDEX)" torch
	@$(PIP) --editable '.[dev]'
	@$(PIP) --no-deps torchattacks  # it asks for torchvision and an old requests, and its attacks need neither
	@touch $(READY)

clean:
	rm -rf $(VENV) .cache grader/var
