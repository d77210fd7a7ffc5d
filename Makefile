# Every command of this project; `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

node := node_modules/node/bin/node
sources := $(shell find src -name '*.ts' 2>/dev/null)

.PHONY: help
help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

# npm writes this file last, so it stands for a whole installation. Its warnings about the machine's own Node.js do not matter:
# every script here runs on the Node.js that the installation brings.
node_modules/.package-lock.json: package.json package-lock.json
	@echo "installing packages"
	@npm ci --loglevel=error --no-fund --no-audit
	@touch $@

dist/main.js: node_modules/.package-lock.json tsconfig.json tsconfig.build.json $(sources)
	@rm -rf dist
	@npm run -s build
	@touch $@

.PHONY: build
build: dist/main.js ## compile; afterwards ./bin/tidewaiter runs

.PHONY: demo
demo: build ## good and bad deployments at the door, in one screen (KEEP=1 leaves the service running)
	@$(node) demo/demo.ts $(if $(KEEP),--keep)

.PHONY: system-packages
system-packages:
	@scripts/install-system-packages

.PHONY: test
test: build system-packages ## every test that this machine can run
	@npm run -s test

.PHONY: check
check: build ## all that CI runs, but the end-to-end part: format, lint, types, dead code, generated files, tests
	@npm run -s lint
	@npm run -s typecheck
	@npm run -s deadcode
	@$(MAKE) generated-clean
	@$(MAKE) test

.PHONY: generate
generate: node_modules/.package-lock.json ## write the files that are derived from the code
	@$(node) scripts/generate.ts

.PHONY: generated-clean
generated-clean: node_modules/.package-lock.json
	@$(node) scripts/generate.ts --check

.PHONY: format
format: node_modules/.package-lock.json ## format everything
	@npm run -s format

.PHONY: bench
bench: build system-packages ## measure admission, the reading of layers and memory, beside their targets (PARTS="warm layers")
	@$(node) bench/bench.ts $(PARTS)

.PHONY: fuzz
fuzz: node_modules/.package-lock.json ## read layers that nobody would write (TIME=60 seconds, SEED=… to see them again)
	@$(node) test/scanning/fuzz.ts $(or $(TIME),60) $(SEED)

.PHONY: bench-secrets
bench-secrets: node_modules/.package-lock.json ## measure finding secrets: recall, precision and speed, beside gitleaks if Go can build it (TREE=folder)
	@$(node) bench/secrets.ts $(if $(TREE),--tree $(TREE))

.PHONY: e2e-tools
e2e-tools: ## build the pinned kube-apiserver, kubectl, etcd and helm, once
	@test/e2e/tools/build

.PHONY: e2e
e2e: build system-packages ## the whole story on a real API server, and the image of the Dockerfile
	@test/e2e/run

.PHONY: clean
clean: ## remove what was built, and the file systems that tests and benchmarks keep
	rm -rf dist .cache /var/tmp/tidewaiter-test-bases /var/tmp/tidewaiter-bench
