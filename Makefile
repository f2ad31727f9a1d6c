# `make demo` and `make test` are all a stranger needs; each installs what is missing first.
#
#   make demo [CORPUS=path]   compare the tokenizers, on the embedded samples or on workflows of yours,
#                             then train a model for a minute and let it write three workflows
#   make test                 the tests of the core and of every plugin but those of APART
#   make lint                 format, lint, types and import contracts
#   make docs                 build the docs and run their examples, warnings are errors
#   make bench CORPUS=path    the recorded benchmarks on a real corpus
#   make results              the tables in the docs and the README, from the recorded rows
#   make dist                 wheels and sdists of the core and of every plugin

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
ALL_PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

# Plugins that are tested in an environment of their own alone, by .ci/run, and are not in .venv.
# xgrammar brings torch, transformers and, on Linux, triton, 691 MB that wfgen-xgrammar never uses;
# wfgen-transformers uses transformers, which nothing else here needs.
APART := plugins/wfgen-transformers plugins/wfgen-xgrammar

PLUGINS := $(filter-out $(APART),$(ALL_PLUGINS))
PROJECTS := pyproject.toml $(PLUGINS:%=%/pyproject.toml)
TABLES := README.md docs/results.md
SOURCES := src benchmarks tests docs plugins

# A minute of one core: 160 steps of 1,024 positions.
DEMO := runs/demo
MINUTE := --set steps=160 --set batch_tokens=1024 --set eval_every=160 --set plot=false

# Two OpenMP threads can be several times slower than one on a machine of two cores.
export OMP_NUM_THREADS ?= 1

.PHONY: demo test lint docs bench dist results clean

demo: $(INSTALLED)
	$(BIN)/python benchmarks/compare_tokenizers.py --suite quick $(if $(CORPUS),--corpus "$(CORPUS)")
	@echo "Now a model: tiny, trained for about a minute on the embedded samples, so do not expect much."
	$(BIN)/wfgen prepare --tokenizer tct-github-workflow --out $(DEMO)/data > $(DEMO).log
	$(BIN)/wfgen train --data $(DEMO)/data --preset tiny --out $(DEMO)/model $(MINUTE) >> $(DEMO).log
	@echo "Three workflows that it wrote. Each is complete and valid, whatever the model has learned:"
	@$(BIN)/wfgen generate --checkpoint $(DEMO)/model -n 3

test: $(INSTALLED)
	$(BIN)/python -m pytest tests $(PLUGINS:%=%/tests)

lint: $(INSTALLED)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy src benchmarks
	set -e; for plugin in $(ALL_PLUGINS); do echo "mypy $$plugin"; $(BIN)/mypy $$plugin/src; done
	$(BIN)/lint-imports

docs: $(INSTALLED)
	$(BIN)/wfgen report --rows benchmarks/results/*.jsonl --markdown $(TABLES) --check
	$(BIN)/python -m pytest docs
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@echo "the docs lie in docs/_build/html/index.html"

bench: $(INSTALLED)
	$(BIN)/python benchmarks/compare_tokenizers.py --suite real $(if $(CORPUS),--corpus "$(CORPUS)")
	$(BIN)/python benchmarks/prepare_corpus.py $(if $(CORPUS),--corpus "$(CORPUS)")

results: $(INSTALLED)
	$(BIN)/wfgen report --rows benchmarks/results/*.jsonl --markdown $(TABLES)

dist: $(INSTALLED)
	rm -rf dist
	set -e; for project in . $(ALL_PLUGINS); do \
	    $(BIN)/python -m build --no-isolation --outdir dist $$project; done

clean:
	rm -rf .venv dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): $(PROJECTS) constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	    -e '.[train,report,dev]' $(PLUGINS:%=-e %)
	touch $@
