# SPDX-License-Identifier: Apache-2.0
#
# Each target installs what it needs and is missing (see scripts/setup); a second run is fast.
# `make help` is made from the comments behind the targets.

PREFIX ?= /usr/local
DESTDIR ?=
# Where scripts/setup-swift puts a toolchain; the one on PATH wins.
export PATH := $(PATH):$(or $(SWIFTLY_BIN_DIR),$(HOME)/.local/share/swiftly/bin)

CHECKS := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib
# Where nothing is edited after the build, modules compiled as a whole and no tables for a debugger take a fifth less.
ifeq ($(CI),true)
ONCE := -debug-info-format none
WHOLE := $(addprefix -Xswiftc ,-whole-module-optimization -disable-batch-mode -num-threads 1)
endif
SWIFT_CODE := Package.swift Plugins Sources Tests
SHELL_CODE := .ci/run $(filter-out %.py %.md,$(shell grep -slE '^\#!.*bash' scripts/*)) $(wildcard scripts/support/vm/*)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: run test test-unit test-as-user test-end-to-end test-security build release bench bench-check load-test fmt lint dependencies clean install help setup soak test-cgroup2 test-security-cgroup2 fuzz test-e2b test-drop-ins test-languages detect-train detect-report

run: release ## Build, then run a model's answer in a sandbox and show the report
	@scripts/run-examples .build/release/nestbox

test: setup build ## Build and run all tests: unit, system, end to end, and as an ordinary user with and without cgroups
	@scripts/setup vm
	@scripts/test scripts main end-to-end as-user rlimit

test-security: build ## Run the containment gate: hostile programs through the API, as root with and without warm starts, as an ordinary user, some by gVisor and crun
	@scripts/setup tools run languages oci
	@scripts/test-security

fuzz: ## Look for bytes that break what reads them, FUZZ_SECONDS (20) for each target; see docs/fuzzing.md
	@scripts/setup build
	@scripts/fuzz

test-e2b: build ## Run the unmodified E2B SDKs from PyPI against a real server, several versions of them
	@scripts/setup tools run e2b
	@scripts/test-e2b
	@examples/case-study/test .build/debug/nestbox

test-drop-ins: build ## Run the unmodified clients of Piston and SandboxFusion from PyPI, and documented requests, against a real server
	@scripts/setup tools run languages e2b oci
	@scripts/test-drop-ins

test-languages: release ## Prove each installed language in the sandbox of a real server, 20 at least, and print the table (three minutes)
	@scripts/setup languages
	@scripts/language-table --nestbox .build/release/nestbox --least 20

test-unit: build ## Run the tests that make no sandbox
	@scripts/test unit

test-as-user: build ## Run the conformance suite as an ordinary user (as root: as `nobody`), with and without cgroups
	@scripts/test as-user rlimit

test-end-to-end: build ## Run the tests that drive the built executable
	@scripts/test end-to-end

test-cgroup2: build ## Run the tests of sandboxes and limits on cgroup version 2, in a small virtual machine (about ten minutes)
	@scripts/setup run tools vm
	@scripts/cgroup2-vm scripts/test sandbox sandbox-end-to-end as-user

test-security-cgroup2: release ## Run the containment gate on cgroup version 2, as root and as an ordinary user, in the same machine (twenty minutes)
	@scripts/setup run tools languages vm
	@NESTBOX_VM_SECONDS=3000 scripts/cgroup2-vm env NESTBOX=.build/release/nestbox GATE="--slow 3" scripts/test-security root user

build: ## Build everything for debugging, tests included
	@scripts/setup build
	@scripts/timed "debug build (the first takes minutes)" swift build --build-tests $(CHECKS) $(ONCE) $(WHOLE)

release: ## Build .build/release/nestbox, nestbox-guest and nestbox-sudo
	@scripts/setup build run
	@scripts/timed "release build (the first takes minutes)" swift build $(RELEASE) $(CHECKS) $(ONCE)

bench: release ## Measure Nestbox beside bare processes, bubblewrap, crun, runc and runsc in one run, and each promised figure (ten minutes)
	@scripts/setup tools run e2b bench
	@scripts/bench --nestbox .build/release/nestbox

bench-check: release ## Measure quickly (two minutes) and fail when a ratio is worse than in Benchmarks/baseline.json by more than its margin
	@scripts/setup tools run e2b bench
	@scripts/bench --nestbox .build/release/nestbox --quick --output .build/bench-check.json
	@scripts/bench-check .build/bench-check.json

DETECT_PYTHON := .build/detect-venv/bin/python
$(DETECT_PYTHON):
	@python3 -m venv .build/detect-venv
	@.build/detect-venv/bin/pip install -q numpy scipy scikit-learn pygments magika

detect-train: $(DETECT_PYTHON) ## Fetch the material, train the classifier of languages, and write its data file (half an hour)
	@nice $(DETECT_PYTHON) scripts/detect-train

detect-report: $(DETECT_PYTHON) ## Measure the classifier on texts it never saw, beside Pygments and Magika, and write docs/detection.md
	@nice $(DETECT_PYTHON) scripts/detect-report

load-test: release ## 5,000 runs through a real server, 32 at a time, then look for anything left behind
	@scripts/load-test --nestbox .build/release/nestbox

SOAK_SECONDS ?= 600
soak: release ## SOAK_SECONDS (default 600) of good, bad and hostile clients, each answer judged, then look for leaks and drift
	@scripts/setup languages
	@scripts/soak --nestbox .build/release/nestbox --seconds $(SOAK_SECONDS)

fmt: ## Format the Swift code
	@swift format --in-place --recursive --parallel $(SWIFT_CODE)

lint: ## Check format and style of the Swift code and of the scripts
	@scripts/setup lint
	@swift format lint --strict --recursive --parallel $(SWIFT_CODE)
	@shellcheck -x $(SHELL_CODE)

install: release ## Install below PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/nestbox
	install -m 755 .build/release/nestbox .build/release/nestbox-guest .build/release/nestbox-sudo .build/release/libnestbox-zygote.so .build/release/libnestbox-clock.so $(DESTDIR)$(PREFIX)/libexec/nestbox/
	ln -sf ../libexec/nestbox/nestbox $(DESTDIR)$(PREFIX)/bin/nestbox

setup: ## Install everything that any target needs
	@scripts/setup

dependencies: ## Print the toolchain and every package that goes in
	@swift --version
	@swift package show-dependencies

clean: ## Remove everything that was built
	rm -rf .build dist

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
