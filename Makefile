# Targets are shortcuts; .ci/run is what decides.
.PHONY: demo test lint types docs reference notebooks bench lock
SHELL := /bin/bash

demo:
	enduse score sample_logs --out out

test:
	pytest

lint:
	ruff check
	ruff format --check
	lint-imports

types:
	mypy

docs:
	python tools/make_cli.py
	python tools/make_features.py
	python tools/make_metrics.py
	python tools/make_signs.py
	python tools/make_tables.py

reference:
	python tools/make_reference.py

notebooks:
	python tools/run_notebooks.py

bench:
	python benchmarks/help_time.py

lock:
	uv pip compile --universal --no-emit-index-url --all-extras --quiet pyproject.toml \
	  --custom-compile-command "make lock" --output-file constraints.txt
