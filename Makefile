# Two commands for a stranger: `make demo` and `make test`. The rest is for people who work on fmwatch.
.PHONY: demo install report fetch test test-transformers test-frameworks test-report check bench dev lock browser kafka alertmanager vendor clean
PYTHON ?= python3
VENV := .venv
TORCH := .venv-transformers
FRAMEWORKS := .venv-frameworks
REPORT := .venv-report
BIN := $(VENV)/bin
UV := $(BIN)/uv
BROKER := tests/kafka/libs
# Tests and benchmarks start hundreds of processes, and each would compile every package it imports anew.
unexport PYTHONDONTWRITEBYTECODE

demo: install
	$(BIN)/fmwatch demo $(ARGS)

install: $(VENV)/.installed

dev: $(VENV)/.installed-dev

test: dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=client $(BIN)/lint-imports

bench: dev
	$(BIN)/python -m bench.all

# Chromium from the system (Debian: apt-get install chromium) and playwright-core from npm.
browser: dev
	cd tests/browser && npm ci --silent
	$(BIN)/python -m pytest tests/browser -m browser

# A real Apache Kafka broker (Java 17 or newer, Maven). kafka-python leaves refused sockets to the collector.
kafka: dev $(BROKER)/.fetched
	$(BIN)/python -m pytest tests/kafka -m kafka -n 2 --dist worksteal -W ignore::ResourceWarning

# A real Alertmanager (Debian: apt-get install prometheus-alertmanager), or the program that ALERTMANAGER names.
alertmanager: dev
	$(BIN)/python -m pytest tests/alertmanager -m alertmanager

# sentence-transformers with the real weights, in an environment of its own: PyPI's torch brings CUDA.
test-transformers: $(TORCH)/.installed
	$(TORCH)/bin/python -m pytest tests/transformers -m transformers

$(TORCH)/.installed: $(UV) constraints-transformers.txt pyproject.toml client/pyproject.toml
	@$(PYTHON) -c 'import shutil, sys; sys.exit(shutil.disk_usage(".").free < 7e9)' || { echo "The environment with torch needs 7 GB of free disk here."; exit 2; }
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(TORCH)
	$(UV) pip sync --quiet --python $(TORCH)/bin/python --require-hashes constraints-transformers.txt
	$(UV) pip install --quiet --python $(TORCH)/bin/python --no-deps --no-build-isolation -e ./client -e .
	@touch $@

# LiteLLM and LangChain, in an environment of their own: they ask for newer packages than the server's lock has.
test-frameworks: $(FRAMEWORKS)/.installed
	$(FRAMEWORKS)/bin/python -m pytest tests/frameworks -m frameworks

$(FRAMEWORKS)/.installed: $(UV) constraints-frameworks.txt pyproject.toml client/pyproject.toml
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(FRAMEWORKS)
	$(UV) pip sync --quiet --python $(FRAMEWORKS)/bin/python --require-hashes constraints-frameworks.txt
	$(UV) pip install --quiet --python $(FRAMEWORKS)/bin/python --no-deps --no-build-isolation -e ./client -e .
	@touch $@

# Evidently, in an environment of its own: it cannot be imported with the newest pandas, which the others have.
report: $(REPORT)/.installed

test-report: $(REPORT)/.installed
	$(REPORT)/bin/python -m pytest tests/report -m evidently

$(REPORT)/.installed: $(UV) constraints-report.txt pyproject.toml client/pyproject.toml
	@$(PYTHON) -c 'import shutil, sys; sys.exit(shutil.disk_usage(".").free < 2.5e9)' || { echo "The environment with Evidently needs 2.5 GB of free disk here."; exit 2; }
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(REPORT)
	$(UV) pip sync --quiet --python $(REPORT)/bin/python --require-hashes constraints-report.txt
	$(UV) pip install --quiet --python $(REPORT)/bin/python --no-deps --no-build-isolation -e ./client -e .
	@touch $@

# All that the targets above bring from elsewhere.
fetch: $(TORCH)/.installed $(FRAMEWORKS)/.installed $(REPORT)/.installed $(BROKER)/.fetched

$(BROKER)/.fetched: tests/kafka/pom.xml
	mvn --batch-mode --quiet --file $< dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=libs
	@touch $@

# The console's one foreign script, as published; its licence and checksums stand beside it.
vendor: STATIC = services/console/static
vendor: UPLOT = 1.6.32
vendor:
	cd $$(mktemp -d) && npm pack --silent uplot@$(UPLOT) && tar xzf uplot-$(UPLOT).tgz && cd package && \
	cp dist/uPlot.iife.min.js $(CURDIR)/$(STATIC)/uPlot-$(UPLOT).iife.min.js && \
	cp dist/uPlot.min.css $(CURDIR)/$(STATIC)/uPlot-$(UPLOT).min.css && \
	cp LICENSE $(CURDIR)/$(STATIC)/uPlot-$(UPLOT).LICENSE
	cd $(STATIC) && sha256sum -c uPlot-$(UPLOT).sha256

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fmwatch needs Python 3.11 or newer; this is `$(PYTHON) --version`. Try: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 2; }
	@$(PYTHON) -c 'import shutil, sys; sys.exit(shutil.disk_usage(".").free < 1.5e9)' || { echo "fmwatch needs 1.5 GB of free disk here for its environment."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints-uv.txt

$(VENV)/.installed: $(UV) constraints.txt pyproject.toml client/pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes constraints.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e ./client -e .
	@rm -f $(VENV)/.installed-dev; touch $@

$(VENV)/.installed-dev: $(UV) constraints-dev.txt pyproject.toml client/pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes constraints-dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e ./client -e .
	@touch $@ $(VENV)/.installed

# Pins every package of every group with hashes; names no registry.
lock: LOCK = $(UV) pip compile --quiet --no-header --no-annotate --universal --python-version 3.11 --generate-hashes
lock: $(UV)
	mkdir -p $(VENV)/lock && sed '/^    "fmwatch",$$/d' pyproject.toml > $(VENV)/lock/pyproject.toml
	$(LOCK) $(VENV)/lock/pyproject.toml --group $(VENV)/lock/pyproject.toml:build -o constraints.txt
	$(LOCK) $(VENV)/lock/pyproject.toml --group $(VENV)/lock/pyproject.toml:build --group $(VENV)/lock/pyproject.toml:dev -c constraints.txt -o constraints-dev.txt
	$(LOCK) $(VENV)/lock/pyproject.toml --extra transformers --group $(VENV)/lock/pyproject.toml:build --group $(VENV)/lock/pyproject.toml:dev --group $(VENV)/lock/pyproject.toml:parity -c constraints-dev.txt -o constraints-transformers.txt
	$(LOCK) $(VENV)/lock/pyproject.toml --group $(VENV)/lock/pyproject.toml:build --group $(VENV)/lock/pyproject.toml:dev --group $(VENV)/lock/pyproject.toml:frameworks -o constraints-frameworks.txt
	$(LOCK) $(VENV)/lock/pyproject.toml --extra report --group $(VENV)/lock/pyproject.toml:build --group $(VENV)/lock/pyproject.toml:dev -o constraints-report.txt
	$(UV) --version | sed 's/uv \([^ ]*\).*/uv==\1/' | $(LOCK) - -o constraints-uv.txt

clean:
	rm -rf $(VENV) $(TORCH) $(FRAMEWORKS) $(REPORT) .mypy_cache .ruff_cache .pytest_cache
