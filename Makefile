# The two commands: `make demo` and `make test`. Both set up what they need on a fresh Debian or Ubuntu machine with the
# Swift 6.3 toolchain.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build serve demo contract browser test spark bench bench-forecasts lint arrows ci install clean

CONFIGURATION ?= release
TENURE := .build/$(CONFIGURATION)/tenure
DEMO ?= demo
PREFIX ?= /usr/local
PORT ?= 8642
# Numbers of events that `make bench` measures, and where it works: some 140 bytes of disk an event. DUCKDB=no leaves the
# DuckDB side out.
SIZES ?= 1M 10M
BENCH ?= .bench
DUCKDB ?= yes
# Names of suites and tests: what the kit is, what is compared beside it, and what has the cluster for itself.
SPARK_USE_CASES := allUseCasesOfTheSample
SPARK_KIT := SparkConformanceTests WorkedCases ReferenceCases $(SPARK_USE_CASES)
SPARK_OTHERS := SparkProjectTests SparkMemberTests SparkProfileTests SparkTraceTests SparkPredictionTests SparkMappingTests \
  QuantileConditions UnaskedSegmentations UntoldRevenue ratesThatNoSumNeeds
SPARK_SESSIONS := SessionTests SparkInterruptionTests SparkHostileNameTests
SYSTEM_PACKAGES := libsqlite3-dev libyaml-dev zlib1g-dev pkg-config

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## install the system libraries that are missing
	@missing=""; for package in $(SYSTEM_PACKAGES) $(EXTRA_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if ! command -v apt-get >/dev/null; then echo "install these first:$$missing" >&2; exit 1; fi; \
	  as_root=""; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	  echo "installing$$missing"; \
	  $$as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq $$missing >/dev/null; \
	fi
	@command -v swift >/dev/null || { echo "the Swift 6.3 toolchain is needed: https://www.swift.org/install" >&2; exit 1; }

build: setup ## build the command-line tool
	swift build -c $(CONFIGURATION) --product tenure

serve: build ## the sample project as pages and an HTTP API, at http://127.0.0.1:8642. PORT=8700
	swift build -c $(CONFIGURATION) --product tenure-serve
	[ -d $(DEMO) ] || $(TENURE) demo $(DEMO)
	$(TENURE) serve -C $(DEMO) --port $(PORT)

demo: build ## the sample project: import, check, deploy, and its dashboard
	rm -rf $(DEMO)
	$(TENURE) demo $(DEMO)

# Kills at system calls are tested with strace; without it those tests say that they are skipped.
test: EXTRA_PACKAGES := strace
test: setup ## build and run all tests
	swift build -c $(CONFIGURATION) --build-tests
	swift test -c $(CONFIGURATION) --skip-build

contract: EXTRA_PACKAGES := python3-venv
contract: build ## the HTTP API against its OpenAPI document, with schemathesis
	swift build -c $(CONFIGURATION) --product tenure-serve
	CONFIGURATION=$(CONFIGURATION) Tests/with-server Tests/Contract/run

# PICTURES=folder keeps a picture of each page.
browser: EXTRA_PACKAGES := python3 chromium chromium-driver fonts-liberation
browser: build ## the pages in a real browser: regroup, export, edit, deploy, roll back
	swift build -c $(CONFIGURATION) --product tenure-serve
	CONFIGURATION=$(CONFIGURATION) Tests/with-server sh -c 'python3 Tests/Browser/drive.py "$$ADDRESS" "$$PROJECT" $(PICTURES)'

# The kit, what else there is, and one after the other what has the cluster for itself; what is to be killed is killed in a
# Spark of its own.
spark: export CONFIGURATION := $(CONFIGURATION)
spark: EXTRA_PACKAGES := python3-venv $(if $(shell command -v java),,default-jre-headless)
spark: setup ## the engine on a real Spark (pyspark, from PyPI) against the reference evaluator
	swift build -c $(CONFIGURATION) --build-tests
	SPARK_TOKEN=for-tests Tests/with-spark sh -e -c '\
	  Tests/named-tests $(SPARK_KIT); \
	  Tests/named-tests $(SPARK_OTHERS) --but $(SPARK_USE_CASES); \
	  Tests/named-tests --no-parallel $(SPARK_SESSIONS)'
	TENURE_SPARK_KILL=executor Tests/with-spark Tests/named-tests FailureTests
	TENURE_SPARK_KILL=server SPARK_MASTER='local[2]' Tests/with-spark Tests/named-tests FailureTests
	TENURE_SPARK_KILL=under-tenure SPARK_MASTER='local[2]' Tests/with-spark Tests/named-tests ProgramFailureTests

bench: EXTRA_PACKAGES := python3-venv
bench: setup ## Tenure against DuckDB and a hand-written kernel: Benchmarks/RESULTS.md. SIZES="1M 10M 100M"
	swift build -c release --product tenure
	swift build -c release --product tenure-benchmarks
	python3 Benchmarks/bench.py --sizes "$(SIZES)" --work $(BENCH) --tenure .build/release/tenure \
	  --kernel .build/release/tenure-benchmarks $(if $(filter no,$(DUCKDB)),--without-duckdb)

bench-forecasts: EXTRA_PACKAGES := python3-venv
bench-forecasts: setup ## fits and values against the Python package lifetimes: Benchmarks/FORECASTS.md
	swift build -c release --product tenure-benchmarks
	python3 Benchmarks/forecasts.py --tenure-benchmarks .build/release/tenure-benchmarks --work $(BENCH)/forecasts

lint: ## the formatter's rules, as errors
	swift format lint --strict --recursive --parallel Package.swift Sources Tests seeds Benchmarks

arrows: setup ## no module imports what its line in Package.swift does not name; no warnings in our code
	.ci/arrows

ci: lint arrows test

install: build ## copy the programs and what they ship to PREFIX (/usr/local)
	swift build -c $(CONFIGURATION) --product tenure-serve
	swift build -c $(CONFIGURATION) --product tenure-spark
	install -d $(PREFIX)/bin $(PREFIX)/share/tenure
	install $(TENURE) .build/$(CONFIGURATION)/tenure-serve .build/$(CONFIGURATION)/tenure-spark $(PREFIX)/bin
	cp -R usecases templates seeds $(PREFIX)/share/tenure/

clean: ## remove what was built
	rm -rf .build $(DEMO) $(BENCH) .contract
