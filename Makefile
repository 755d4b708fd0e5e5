# Everything a fresh machine needs: Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# two stamps for one environment: what a brief needs, and what developers need beside it
BRIEF := $(VENV)/.brief
STAMP := $(VENV)/.dev
SHARED ?= ../shared

# a first run leaves byte code for the next one, whatever the shell says
unexport PYTHONDONTWRITEBYTECODE

.PHONY: dist release help brief test lint types layers tests thorough coverage mutate bench figures report lags table ports december assumptions backtest calibrate track-record geometry clean browser

help:  ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Corredor needs Python 3.11 or later; set PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(BRIEF): pyproject.toml constraints.txt tools/install.sh | $(BIN)/python
	sh tools/install.sh $(BIN)/python engine,fit,brief
	touch $@

$(STAMP): pyproject.toml constraints.txt tools/install.sh | $(BIN)/python
	sh tools/install.sh $(BIN)/python dev
	touch $@

brief: $(BRIEF)  ## build the store, fit, forecast, compare, and write brief/index.html
	$(BIN)/corredor brief --out brief

browser:
	@sh tools/browser.sh

test: $(STAMP) browser lint types layers tests  ## set up and run every check

lint: $(STAMP)  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check src tests tools benchmarks

types: $(STAMP)  ## strict types
	$(BIN)/mypy

layers: $(STAMP)  ## imports go down the floors only
	$(BIN)/lint-imports --no-cache

# Python 3.12 measures coverage at little cost; before, it takes too long for every run
tests: $(STAMP)
	if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then $(MAKE) coverage; \
	else $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder; fi

thorough: $(STAMP)  ## every test, also those that make test leaves out (before a release)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m ""

coverage: $(STAMP)  ## run the tests, and show which lines they ran
	COVERAGE_CORE=$$($(BIN)/python -c 'import sys; print("ctrace" if sys.version_info < (3, 12) else "sysmon")') \
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=json:build/coverage.json
	$(BIN)/python tools/show_coverage.py build/coverage.json

mutate: $(STAMP)  ## change MODULE a little, many times, and see whether TESTS notice
	$(BIN)/python tools/mutate.py $(MODULE) $(TESTS)

bench: $(STAMP)  ## benchmarks, side by side with the peers (installed from PyPI by themselves)
	mkdir -p build/bench
	$(BIN)/python benchmarks/bench_engine.py --json build/bench/engine.json
	$(BIN)/python benchmarks/bench_peers.py --json build/bench/peers.json
	$(BIN)/python benchmarks/bench_scale.py --json build/bench/scale.json
	$(BIN)/python benchmarks/bench_ensemble.py --json build/bench/ensemble.json
	$(BIN)/python benchmarks/bench_compare.py --json build/bench/compare.json
	$(BIN)/python benchmarks/flee_speed.py
	$(BIN)/python benchmarks/flee_skill.py

figures: $(STAMP)  ## rebuild the shipped tables from the raw files in SHARED
	$(BIN)/python tools/build_shipped.py $(SHARED)

release: $(STAMP)  ## make the fits that the package carries anew, from nothing (minutes)
	$(BIN)/python tools/build_release.py

lags: $(STAMP)  ## rewrite docs/lags.md from the figures
	$(BIN)/python tools/build_lags_page.py

report: $(STAMP)  ## rewrite docs/the-report.md from the figures
	$(BIN)/python tools/build_report_page.py

table: $(STAMP)  ## answer the table of December 2023 again (minutes) and rewrite its page
	$(BIN)/python tools/build_table_page.py

ports: $(STAMP)  ## rewrite docs/ports.md from the figures
	$(BIN)/python tools/build_ports_page.py

december: $(STAMP)  ## rewrite docs/december-2023.md (a few minutes)
	$(BIN)/python tools/build_december_page.py

assumptions: $(STAMP)  ## ask again which assumptions the answers rest on (minutes) and rewrite docs/assumptions.md
	$(BIN)/python tools/build_assumptions.py

baseline: $(STAMP)  ## rewrite the golden values of the Americas, and say which moved
	$(BIN)/python tools/update_baseline.py

backtest: $(STAMP)  ## remake the track record and its page (half an hour; goes on where it was stopped)
	sh tools/install.sh $(BIN)/python dev,backtest
	$(BIN)/python tools/run_backtest.py
	$(BIN)/python tools/build_track_record.py

calibrate: $(STAMP)  ## calibrate the forecast's sampler by simulation, hold the fit's draws against NUTS (long)
	$(BIN)/python tools/run_calibration.py
	$(BIN)/python tools/check_draws.py

track-record: $(STAMP)  ## rewrite docs/track-record.md from the committed scores
	$(BIN)/python tools/build_track_record.py

geometry: $(STAMP)  ## rebuild the map outlines from Natural Earth
	$(BIN)/python tools/build_geometry.py

dist: $(STAMP)  ## build source archive and wheel, list what they bring, try them outside the checkout
	$(BIN)/python tools/build_dist.py

clean:
	rm -rf $(VENV) brief build dist
