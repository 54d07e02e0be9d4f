# The two commands: `make demo` runs everything on embedded defaults, `make test` tests everything.
# The others are the parts that those two are made of.

BIN      := bin/penstock
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOFILES  := $(shell git ls-files '*.go' '*.s' '*.txt' '*.yaml' '*.yml' '*.tsv' '*.sql' go.mod go.sum 2>/dev/null)
PAGE     := web/assets/index.html
LICENCES := licences/data/modules.json
PAGESRC  := $(shell git ls-files web 2>/dev/null | grep -v '^web/e2e/')
LINT     := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
DATA     ?= data
BENCHTIME ?= 2s
ROUNDS   ?= 200

export CGO_ENABLED := 1
# For every go command, so that what one of them has compiled is there for the next.
export GOFLAGS := -trimpath

.PHONY: demo test build bench lint chaos clean page package test-go test-chart test-page test-e2e chromium

demo: build ## build everything and run a simulated tenant through it
	./$(BIN) demo --data $(DATA)/demo

build: $(BIN) ## the one binary, page included

$(BIN): $(GOFILES) $(PAGE) $(LICENCES)
	go build -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/penstock

page: $(PAGE)

package: $(BIN) ## the Debian package, beside the binary
	deploy/debian/build.sh $(BIN) $(VERSION) bin

$(PAGE): web/node_modules/.installed $(PAGESRC)
	cd web && npm run --silent build
	@touch $@

$(LICENCES): go.mod go.sum $(wildcard licences/*.go licences/generate/*.go)
	go run ./licences/generate ./cmd/penstock >$@.new && mv $@.new $@

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test: build test-go test-chart test-page test-e2e ## install what the tests need and run them all

test-go: $(BIN)
	PENSTOCK=$(abspath $(BIN)) scripts/test-go.sh

test-chart: ## the Helm chart, by Helm's own code, in a module of its own
	cd deploy/helm/test && go test -vet=off ./...

test-page: web/node_modules/.installed
	cd web && npm run --silent test

test-e2e: $(BIN) chromium
	PENSTOCK=$(abspath $(BIN)) scripts/e2e.sh

chromium:
	@scripts/install-chromium.sh

bench: ## every benchmark; figures in docs/performance.md
	go test -run '^$$' -bench . -benchtime $(BENCHTIME) ./...

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt these files:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go run $(LINT) run ./...
	cd web && npm run --silent lint

chaos: $(BIN) ## kill the real process ROUNDS times under load and compare
	PENSTOCK_CHAOS_ROUNDS=$(ROUNDS) go test -run TestNothingIsLostWhenTheProcessIsKilled -timeout 6h -v ./cmd/penstock

clean:
	rm -rf bin $(DATA) web/node_modules && git clean -qfdX web/assets licences/data
