# Telltale. `make help` lists the targets.

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
LIBRARY       := observe observe/otlpgrpc observe/sqlite observe/pgx observe/river observe/sentry observe/llm/sdktest \
                 observe/sqltrace/sqltracetest observe/internal/routertest examples
TESTED        := . $(LIBRARY)
MODULES       := $(TESTED) bench test/clients/go
VERSION       := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS       := -s -w -X main.version=$(VERSION)
FUZZTIME      ?= 20s

# One way to compile for build, tests, vet and linters, so that they share what is compiled: Prometheus takes minutes.
export CGO_ENABLED := 0
export GOFLAGS     := $(GOFLAGS) -trimpath

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/telltale, a static binary
	@mkdir -p bin
	go build -ldflags '$(LDFLAGS)' -o bin/telltale ./cmd/telltale

.PHONY: run
run: build ## start the server on 127.0.0.1:8080
	@./bin/telltale serve

.PHONY: demo
demo: build ## start the server with a mock provider and simulated traffic
	@./bin/telltale demo

.PHONY: test
test: ## all unit and integration tests, power cuts by the thousand among them; needs Go only
	@for m in $(TESTED); do echo "test $$m"; (cd $$m && go test ./...) || exit 1; done

.PHONY: race
race: ## the same tests in their short form, under the race detector; needs a C compiler
	@for m in $(TESTED); do echo "race $$m"; (cd $$m && CGO_ENABLED=1 go test -race -short -timeout 20m ./...) || exit 1; done

.PHONY: e2e
e2e: build ## end-to-end tests with real SDKs; adds Node, Python and Debian packages
	./test/e2e.sh

.PHONY: ui
ui: web/node_modules ## build the bundle of the web UI; needs Node
	cd web && npm run --silent api && npm run --silent check && npm run --silent build

.PHONY: ui-verify
ui-verify: web/node_modules ## the web UI: types, linters, unit tests, and the committed bundle is what web/ makes
	cd web && npm run --silent verify

.PHONY: ui-test
ui-test: build web/node_modules ## the web UI in a browser against the real server, or the suites UI="…"; adds Chromium
	./test/ui/run.sh $(UI)

.PHONY: ui-pictures
ui-pictures: build web/node_modules ## take the pictures of the README
	node test/ui/pictures.mjs

web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: lint
lint: ## linters, formatting and the import arrows
	@for m in $(MODULES); do echo "lint $$m"; (cd $$m && $(GOLANGCI_LINT) run --config $(CURDIR)/.golangci.yml ./...) || exit 1; done

.PHONY: format
format: ## format all Go code
	@for m in $(MODULES); do (cd $$m && $(GOLANGCI_LINT) fmt --config $(CURDIR)/.golangci.yml ./...) || exit 1; done

.PHONY: fuzz
fuzz: ## run every fuzz test for FUZZTIME
	./test/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: build ## side-by-side measurements, see bench/README.md
	cd bench && ./run.sh

.PHONY: generate
generate: ## write what is generated: the tables in docs/guide
	go test ./internal/query ./internal/config -run 'Docs|Reference' -update

.PHONY: verify
verify: ## modules are tidy, nothing generated is stale, all builds
	@for m in $(MODULES); do echo "verify $$m"; (cd $$m && go mod tidy -diff && go vet ./...) || exit 1; done
	go vet -tags e2e ./test/...
	go test ./internal/query ./internal/config -run 'Docs|Reference'
