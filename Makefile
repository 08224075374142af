# `make demo` for users; `make check` while at work, `make test` before a push: each sets up `.venv` by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two processes with one thread each: threads of several processes that wait for each other spin, and cost ten times more.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal
ROOMS := programs metrics optimizers finetune deploy cli

export STUDYSMITH_DATA ?= $(abspath ../shared/data)

.PHONY: demo check test lint lock web clean

demo: $(STAMP)
	$(BIN)/studysmith demo

check: lint
	$(PYTEST) -m "not model"

test: $(STAMP)
	$(PYTEST)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# The repository's root is the package itself, so the type checker gets a folder where it goes by its name.
	@mkdir -p build/typed/studysmith
	@for part in $(ROOMS) *.py; do ln -sfn "../../../$$part" build/typed/studysmith/; done
	MYPYPATH=build/typed $(BIN)/mypy -p studysmith

# All that is installed is named with its hash: the installer, the packages, and what builds this one.
$(STAMP): bootstrap.lock requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r bootstrap.lock
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

# Makes the locks anew. They name packages and hashes, never a registry.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet \
	--custom-compile-command "make lock"
lock:
	$(LOCK) pyproject.toml --all-extras --output-file requirements.lock
	echo uv | $(LOCK) - --output-file bootstrap.lock

# What a page runs on (Python and llama.cpp for browsers, 24 MB), by npm and pip, each checked against its hash. Any Python
# does it, without `.venv` and with nothing installed; the folder is the package, whatever it is called.
web:
	cd .. && $(or $(wildcard $(CURDIR)/$(BIN)/python),$(PYTHON)) -m $(notdir $(CURDIR)).deploy.web.vendor

clean:
	rm -rf $(VENV) build runs bundles *.egg-info
