# Two commands do all: `make reports` and `make test`. `make help` lists the rest.
# Needs Python 3.11 or newer, make, and at the first run a network. Nothing has to be activated.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# ENV=active uses the environment that is activated instead of building .venv.
ENV ?= own
VENV := .venv
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

ifeq ($(ENV),active)
  PY := $(or $(ACTIVE_PYTHON),python)
  READY := check-active
  READY_TEST := check-active-test
else
  PY := $(VENV)/bin/python
  READY := $(VENV)/run.stamp
  READY_TEST := $(VENV)/test.stamp
endif

# Two processes share two cores: each computes on one.
PYTEST = OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(PY) -m pytest
# Without the notebooks' plugin, which takes seconds to import in each process.
TESTS_ALONE = $(PYTEST) -p no:nbval
UV := $(VENV)/bin/python -m uv
# Jupyter refuses root without a word on why; it listens on this machine alone and asks for a token.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)
LAB ?=
# EXTRA=cluster adds Dask, for simulations on a cluster.
EXTRA ?=
BENCH ?=
SCENARIO ?=
NOTEBOOK ?=
PARAMS ?=
TESTS ?=
# By way of the environment, so that no shell reads what stands in it.
export PARAMS
# A run starts many processes: what one has compiled the others read.
unexport PYTHONDONTWRITEBYTECODE
# Where LC_ALL is C, or a locale that this machine does not have, Python 3.11 and 3.12 do not start in a folder whose
# path has an umlaut; under such a LANG they do.
unexport LC_ALL

.PHONY: help env reports report package test test-slow lint lab check bench refresh audit lock clean check-active check-active-test

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
	@echo "  With ENV=active the activated conda or virtual environment is used instead of .venv."

$(if $(filter-out cluster,$(EXTRA)),$(error EXTRA is "$(EXTRA)": must be cluster))
env: $(READY) $(if $(EXTRA),$(VENV)/$(EXTRA).stamp) ## build the environment (.venv) from the lock (EXTRA=cluster: with Dask)

reports: $(READY) ## render every report into reports/ (SCENARIO=as-of-2016 for one scenario)
	@$(PY) -m ldn_analysis render $(if $(SCENARIO),--scenario "$(SCENARIO)")

report: $(READY) ## render one: make report NOTEBOOK=02_pain PARAMS="tau2_method=PM mid=0.5"
	@$(if $(NOTEBOOK),,echo "say which: make report NOTEBOOK=02_pain" >&2; exit 2;)
	@$(PY) -m ldn_analysis render "$(NOTEBOOK)" $(if $(SCENARIO),--scenario "$(SCENARIO)") --params "$$PARAMS"

package: $(READY) ## write build/package and its zip from the rendered reports: for others to check and cite
	@$(PY) -m ldn_analysis package

test: $(READY_TEST) lint ## run the tests of the package and the notebooks, style and types (TESTS=tests/models for some)
	@$(TESTS_ALONE) $(if $(TESTS),$(TESTS),-m "not slow" -n 2 --dist worksteal)
	@$(if $(TESTS),,LDN_CACHE="$(CURDIR)/build/cache" $(PYTEST) --nbval-lax --nbval-current-env --nbval-cell-timeout=300 -p no:cacheprovider -n 2 --dist loadfile notebooks)

test-slow: $(READY_TEST) ## run the other tests: whole renders, processes that are killed, every page in a browser
	@$(TESTS_ALONE) -m slow -n 2 --dist worksteal

lint: $(READY_TEST) ## check style (ruff) and types (mypy)
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --check --quiet . && $(PY) -m mypy --no-error-summary

# requirements/labconfig leaves out the announcements, which ask about news and look for a newer version.
lab: $(READY) ## open JupyterLab on its start page
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" LDN_CACHE="$(CURDIR)/build/cache" \
		JUPYTER_CONFIG_PATH="$(CURDIR)/requirements$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" $(PY) -m jupyterlab \
		--notebook-dir=notebooks --LabApp.default_url=/lab/tree/start.ipynb --ServerApp.ip=127.0.0.1 $(AS_ROOT) $(LAB)

check: $(READY) ## validate the data alone
	@$(PY) -m ldn_analysis check

bench: $(READY_TEST) .venv-bench/bench.stamp ## measure speed: against other packages, of rendering, of simulated trials
	@.venv-bench/bin/python benchmarks/engine.py $(BENCH)
	@$(PY) benchmarks/rendering.py $(BENCH)
	@$(PY) benchmarks/reading.py
	@$(PY) benchmarks/simulation.py $(BENCH)

refresh: $(READY) ## remake the notebooks' stored outputs, the recorded results and the README's picture
	@$(PY) -m ldn_analysis.refresh

audit: $(READY_TEST) .venv-audit/audit.stamp ## list the packages' licences and, where it can be reached, known weaknesses
	@$(PY) requirements/licences.py
	@$(PY) requirements/audit.py .venv-audit/bin/python

lock: $(VENV)/test.stamp ## refresh the locks and environment.yml from pyproject.toml
	@requirements/refresh $(VENV)/bin/uv
	@$(PY) requirements/conda.py

clean: ## remove the reports, the environments and what tools leave behind
	@if [ -e reports/.lock ] && [ -x $(VENV)/bin/python ]; then $(VENV)/bin/python requirements/idle.py; fi
	@find reports -mindepth 1 -maxdepth 1 ! -name '*.yml' -exec rm -rf {} +
	@rm -rf $(VENV) .venv-audit .venv-bench build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A kill leaves half of a package, which nobody notices, and this mark with the number of a process that is no more:
# the next run builds all anew.
BEGUN := $(VENV)/begun
BROKEN := $(shell test -e $(BEGUN) && ! kill -0 "$$(cat $(BEGUN))" 2>/dev/null && echo broken)
whole = echo $$$$ > $(BEGUN); $(1); status=$$?; rm -f $(BEGUN); exit $$status

.PHONY: anew
$(VENV)/bin/uv: requirements/bootstrap.lock $(if $(BROKEN),anew)
	@$(if $(PYTHON),,echo "no Python 3.11 or newer found: install one, or say PYTHON=/path/to/python" >&2; exit 1;)
	@"$(PYTHON)" -m venv $(if $(BROKEN),--clear) $(VENV)
	@$(call whole,$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock)
	@touch $@

# The test lock holds the run lock: a full environment also serves the reports.
$(VENV)/run.stamp: $(VENV)/bin/uv requirements/run.lock pyproject.toml
	@if [ -f $(VENV)/test.stamp ]; then lock=test; else lock=run; fi; \
	echo "building the environment in $(VENV)"; \
	$(call whole,$(UV) pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements/$$lock.lock)
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/bin/uv requirements/test.lock pyproject.toml
	@echo "building the environment in $(VENV), with what the tests need"
	@$(call whole,$(UV) pip sync --quiet --compile-bytecode --python $(PY) --require-hashes requirements/test.lock)
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	@touch $(VENV)/run.stamp $@

# Its packages are pinned to fit the run lock and the test lock: they are added to either.
$(VENV)/cluster.stamp: $(READY) requirements/cluster.lock
	@echo "adding what a cluster needs to $(VENV)"
	@$(call whole,$(UV) pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/cluster.lock)
	@touch $@

.venv-bench/bench.stamp: $(VENV)/bin/uv requirements/bench.lock
	@$(UV) venv --quiet --allow-existing --python $(PY) .venv-bench
	@$(UV) pip sync --quiet --python .venv-bench/bin/python --require-hashes requirements/bench.lock
	@$(UV) pip install --quiet --python .venv-bench/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv-audit/audit.stamp: $(VENV)/bin/uv requirements/audit.lock
	@$(UV) venv --quiet --allow-existing --python $(PY) .venv-audit
	@$(UV) pip sync --quiet --python .venv-audit/bin/python --require-hashes requirements/audit.lock
	@touch $@

check-active:
	@$(PY) requirements/active.py run

check-active-test:
	@$(PY) requirements/active.py test
