# The book's commands. Each works from a fresh clone with Python 3.11 or newer; a second run does only what changed.
#   make serve        both editions in the browser (PORT=8000)     make lab           JupyterLab
#   make test         everything that proves the book              make book          build the site only
#   make execute      re-run notebooks, store their outputs        make translations  list stale translations
#   make pdf          each edition as a PDF                        make site-zip      the site in one file
#   make bench        speed next to torch, optax, and Keras (QUICK=1 for less than a minute)
#   make clean        remove what was built

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := serve
.PHONY: serve test lab book pdf site-zip execute translations bench clean

serve: $(VENV)/readers.stamp
	@$(BIN)/python -m book serve --port "$(PORT)"

lab: $(VENV)/readers.stamp
	@$(BIN)/python -m jupyterlab

book: $(VENV)/readers.stamp
	@$(BIN)/python -m book build

pdf: $(VENV)/pdf.stamp
	@$(BIN)/python -m book pdf

site-zip: $(VENV)/readers.stamp
	@$(BIN)/python -m book site-zip

execute: $(VENV)/readers.stamp
	@$(BIN)/python -m book execute $(NOTEBOOKS)

translations: $(VENV)/readers.stamp
	@$(BIN)/python -m book translations

# The notebooks have a list of fonts of their own: where another program left a list without matplotlib's fonts, each
# first figure warns, and its outputs differ.
test: FONTS = MPLCONFIGDIR="$(CURDIR)/_build/matplotlib"
test: $(VENV)/tests.stamp
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy optimlib
	$(BIN)/python -m pytest tests --cov
	$(FONTS) $(BIN)/python -c 'import matplotlib.font_manager'
	$(FONTS) OPENBLAS_CORETYPE=Sandybridge $(BIN)/python -m pytest --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg chapters book/home.ipynb
	@echo "All tests passed: style, types, library, site, and every notebook."

bench: $(VENV)/tests.stamp
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

clean:
	rm -rf _build .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

# An environment, then what readers need, then what the tests need on top. A stamp is older than what it was made from
# exactly when something has to be installed.
$(VENV)/readers.stamp: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %s. Try: make PYTHON=python3.12" % sys.version.split()[0])'
	@test -x $(BIN)/python || { echo "Creating $(VENV)"; $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python could not create an environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }; }
	@echo "Installing what the book needs (once, a few minutes at most)"
	@$(PIP) install -r requirements.txt
	@touch $@

# Two of the tests' tools print the book.
$(VENV)/pdf.stamp: $(VENV)/readers.stamp requirements-dev.txt
	@echo "Installing what printing needs (once)"
	@$(PIP) install $$(grep -Eo '^(playwright|pikepdf)==[^ ]+' requirements-dev.txt)
	@touch $@

$(VENV)/tests.stamp: $(VENV)/readers.stamp requirements-dev.txt
	@echo "Installing what the tests need (once)"
	@$(PIP) install -r requirements-dev.txt
	@touch $@
