# On a fresh machine with Python 3.11, 3.12 or 3.13 and make, each target does all of its own set-up.
#
#   make demo      a tour of nano, the built-in model, in demo/: no training
#   make digits    the lesson: learn to read, draw and edit real handwritten digits, in digits/   (MINUTES=15 for more)
#   make test      lint, types and tests
#   make lint      the first two of them
#   make lowest    the tests at the lowest versions of all dependencies but torch
#   make clean     removes the environments and caches, nothing else
#
#   PYTHON=...       the interpreter to use                    VENV=...   where the environment goes
#   TORCH=...        another torch, e.g. TORCH=torch==2.11.0
#   TORCH_INDEX=...  a further package index to take torch from. On Linux pip takes the build with CUDA, 4.5 GB; for a
#                    machine without a GPU: TORCH_INDEX=https://download.pytorch.org/whl/cpu

VENV ?= .venv
LOWEST ?= .venv-lowest
MINUTES ?= 6
TORCH ?= torch==2.13.*
TORCH_INDEX ?=

# The first that runs (a name on the path may be an empty shim), is of a version we support, and can make environments.
# The plain `python3` comes first: it is the one a machine has its wheels and headers for.
SUITABLE := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
FIND_PYTHON = for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c '$(SUITABLE)' >/dev/null 2>&1; then echo $$p; break; fi; done
PYTHON ?= $(shell $(FIND_PYTHON))

PIP_INSTALL = -m pip install --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url '$(TORCH_INDEX)') '$(TORCH)'

.PHONY: demo digits test lint lowest clean

demo: $(VENV)/.installed
	$(VENV)/bin/mini4o demo -o demo --overwrite

digits: $(VENV)/.installed-digits
	$(VENV)/bin/mini4o digits -o digits --minutes $(MINUTES)

# pytest is last: its closing line is the result.
test: lint
	$(VENV)/bin/python -m pytest -m "not slow"

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

lowest: $(LOWEST)/.installed-lowest
	$(LOWEST)/bin/python -m pytest -m "not slow"

clean:
	rm -rf $(VENV) $(LOWEST) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Stamps: an environment is made once, and an install repeated only when pyproject.toml changes.
$(VENV)/.created $(LOWEST)/.created:
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 that can make environments was found. Install one \
	(Debian and Ubuntu: python3 and python3-venv) or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	$(VENV)/bin/python $(PIP_INSTALL) -e .
	touch $@

$(VENV)/.installed-%: $(VENV)/.created pyproject.toml
	$(VENV)/bin/python $(PIP_INSTALL) -e '.[$*]'
	touch $@

# pip has no lowest resolution, uv has; torch comes first, by pip, and uv leaves an installed version that fits alone.
$(LOWEST)/.installed-lowest: $(LOWEST)/.created pyproject.toml
	$(LOWEST)/bin/python $(PIP_INSTALL) 'uv>=0.13'
	$(LOWEST)/bin/uv pip install --python $(LOWEST)/bin/python --resolution lowest-direct -e '.[dev]'
	touch $@
