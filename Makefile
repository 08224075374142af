# `make demo` for users; `make check` while at work, `make test` before a push. Each sets up `.venv` by itself.
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

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/uv || ($(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

# Makes the lock anew. It names packages and hashes, never a registry.
lock:
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --quiet --custom-compile-command "make lock" --output-file requirements.lock

# What a page runs on (Python and llama.cpp for browsers, 24 MB), by npm and pip, each checked against its hash.
web: $(STAMP)
	$(BIN)/python -m studysmith.deploy.web.vendor

clean:
	rm -rf $(VENV) build runs bundles *.egg-info
