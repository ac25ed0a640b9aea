# make build                                     the whole refresh on the simulated data that ship
# make build PROFILE=public DATA_DIR=…           the same on real files, read where they are
# make build STUDIES=/path/to/my_study           a study of your own, into warehouse/own.duckdb
# make report                                    build, then every figure and table into reports/
# make test                                      lint, types, SQL style, every test
# make test-quick                                the tests that need no build
# make faults                                    builds killed, starved of disk, watched: an hour
# make simulate                                  write data/simulated again
# make lock                                      renew requirements.lock from pyproject.toml

# Folders of studies of your own, with : between them.
STUDIES ?= $(NQP_STUDIES)
PROFILE ?= $(if $(STUDIES),own,simulated)
DATA_DIR ?=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export NQP_PROFILE := $(PROFILE)
export NQP_STUDIES := $(STUDIES)
ifneq ($(DATA_DIR),)
export NQP_DATA_DIR := $(DATA_DIR)
endif
# Anonymous usage statistics stay off, for dbt and for everything it loads.
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1

.PHONY: build report test test-quick faults lint simulate lock clean
.DELETE_ON_ERROR:

build: $(READY)
	@$(BIN)/nqp build

report: build
	@$(BIN)/nqp report

test: lint
	$(BIN)/python -m pytest

test-quick: $(READY)
	$(BIN)/python -m pytest -m "not build"

faults: $(READY)
	$(BIN)/python -m pytest tests/faults

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	NQP_PROFILE=simulated NQP_STUDIES= NQP_WAREHOUSE=warehouse/.lint $(BIN)/sqlfluff lint --processes 2 models tests/dbt analyses

simulate: $(READY)
	$(BIN)/nqp simulate

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed; $(PYTHON) is another. Try: make PYTHON=python3.12 …"; exit 1; }
	@echo "Installing into $(VENV): once, a few minutes."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-strip-extras --no-emit-index-url -c constraints.txt --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) target logs warehouse
