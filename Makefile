# Shorthands; the README's commands need none of them.
PYTHON = .venv/bin/python

.PHONY: test lint agreed parser
test:
	$(PYTHON) -m pytest
lint:
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy
agreed:
	$(PYTHON) -m tests.update
parser:
	$(PYTHON) -m ifc.syntax.generate
