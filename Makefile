# The targets are the steps of .ci/run, under the same names. `make demo` and `make test` need Go and a C compiler only.

GO       ?= go
FUZZTIME ?= 5s
# DuckDB is linked in by this tag and needs cgo; `make build TAGS=` leaves it out.
TAGS     ?= duckdb
# Some tests wait for a browser, a terminal or a pause, so one package more than there are cores is tested at once.
CORES    := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
JOBS     ?= $(shell expr $(CORES) + 1)
# Tools that are not part of the checkout are kept here.
CACHE    ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/egret-ci

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := $(CACHE)/golangci-lint-$(GOLANGCI_VERSION)/golangci-lint

PYTHON           := $(CACHE)/python

ESLINT_VERSION   := 9.39.1
ESLINT           := $(CACHE)/eslint-$(ESLINT_VERSION)/node_modules/.bin/eslint

EDITOR           := $(CACHE)/editor

AXE_VERSION      := 4.14.1
AXE              := $(CACHE)/axe-$(AXE_VERSION)/node_modules/axe-core/axe.min.js

.PHONY: build demo fmt tidy generate vet lint lint-js editor python browser test long race script nocgo integration fuzz release release-one bench bench-lake ci

build:
	$(GO) build -tags '$(TAGS)' -o bin/egret ./cmd/egret

# Exit code 1 says that the hunt found something, which it should.
demo: build
	bin/egret hunt examples/incident || [ $$? -eq 1 ]

fmt:
	gofmt -l -w .

tidy:
	$(GO) mod tidy

# Leaves no difference when everything that is generated is up to date.
generate:
	$(GO) generate ./...
	$(GO) run ./cmd/egret-dev incident -out examples/incident
	$(GO) run ./cmd/egret-dev api -out docs/api.md
	$(GO) run ./cmd/egret-dev checks -out docs/checks
	$(GO) run ./cmd/egret-dev diagnostics -out docs/diagnostics.md
	$(GO) run ./cmd/egret-dev sources -out docs/sources
	$(GO) run ./cmd/egret-dev stix -out docs/stix
	$(GO) run ./cmd/egret-dev notices -out THIRD_PARTY_NOTICES

vet:
	$(GO) vet -tags '$(TAGS)' ./...

lint: $(GOLANGCI)
	$(GOLANGCI) run --build-tags '$(TAGS)' ./...

$(GOLANGCI):
	mkdir -p $(@D)
	GOBIN=$(@D) GOFLAGS= $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

# The scripts of the HTML report and of egret serve.
lint-js: $(ESLINT)
	$(ESLINT) --config .ci/eslint.config.mjs internal/report/htmlreport/assets internal/serve

$(ESLINT):
	mkdir -p $(CACHE)/eslint-$(ESLINT_VERSION)
	npm install --prefix $(CACHE)/eslint-$(ESLINT_VERSION) --no-save --ignore-scripts --no-audit --no-fund --silent eslint@$(ESLINT_VERSION)

# Bundles CodeMirror for the pages of egret serve, in the versions of package-lock.json, with the texts of its licences. The result is
# committed, so that a build needs no npm.
editor: SITE := internal/serve/site
editor:
	mkdir -p $(EDITOR)
	cp $(SITE)/editor/package.json $(SITE)/editor/package-lock.json $(SITE)/editor/main.js $(EDITOR)
	npm ci --prefix $(EDITOR) --ignore-scripts --no-audit --no-fund --silent
	cd $(EDITOR) && node_modules/.bin/esbuild main.js --bundle --minify --format=esm --target=es2022 --legal-comments=none --outfile=codemirror.js --log-level=warning
	cp $(EDITOR)/codemirror.js $(SITE)/assets/codemirror.js
	cd $(EDITOR)/node_modules && for name in @codemirror/* @lezer/* @marijn/* crelt style-mod w3c-keyname; do \
		printf '%s %s\n\n' "$$name" "$$(node -p "require('./$$name/package.json').version")"; cat $$name/LICENSE*; echo; done > $(CURDIR)/$(SITE)/editor/LICENSES

# boto3, moto, the tools for STIX, SARIF and ATT&CK layers, schemathesis and the client of the Model Context Protocol in a place of their own, for tests that skip without them: PATH=$(CACHE)/python/bin:$$PATH make test
python: $(PYTHON)/ready

$(PYTHON)/ready: .ci/requirements.txt
	python3 -m venv $(PYTHON)
	$(PYTHON)/bin/pip install --quiet --disable-pip-version-check -r .ci/requirements.txt
	touch $@

# What the tests of the HTML report and of egret serve need: Debian's chromium, and axe-core for its accessibility. Without the tests skip.
browser: $(AXE)
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }

$(AXE):
	mkdir -p $(CACHE)/axe-$(AXE_VERSION)
	npm install --prefix $(CACHE)/axe-$(AXE_VERSION) --no-save --ignore-scripts --no-audit --no-fund --silent axe-core@$(AXE_VERSION)

test:
	@[ -d "$${EGRET_SHARED:-../shared}" ] || echo "no public test data: tests that need it are skipped (see CONTRIBUTING.md)"
	EGRET_AXE=$(wildcard $(AXE)) $(GO) test -p $(JOBS) -timeout 30m -tags '$(TAGS)' ./...

# The same with all sizes and random cases (testkit.Long), of which `make test` tries a part.
long:
	EGRET_LONG=1 $(MAKE) --no-print-directory test JOBS=$(CORES)

# Without DuckDB: its own threads are no concern of the race detector.
race:
	$(GO) test -timeout 30m -race -short ./...

# The command line, as users see it: one archive per behaviour under internal/cli/testdata/script.
script:
	$(GO) test -tags '$(TAGS)' -run Script ./internal/cli/...

# The core must build where no C compiler is.
nocgo:
	CGO_ENABLED=0 $(GO) build ./...

# The tests named Integration need a Trino server, which needs a JDK 25. It is fetched by Maven (mvn; or
# from the repository whose address EGRET_MAVEN holds), started on this machine only, and stopped when the tests are over.
# With EGRET_LONG=1 they have the sizes of docs/correctness.md and take about twice as long. Two packages at once can overload
# the server, which uses all cores for one.
integration:
	$(GO) build -o bin/egret-dev ./cmd/egret-dev
	bin/egret-dev trino -cache '$(CACHE)' -- $(GO) test -p 1 -timeout 30m -tags '$(TAGS)' -run Integration \
		$$(grep -rlE --include='*_test.go' '^func Test[A-Za-z0-9]*Integration' . | xargs -n 1 dirname | sort -u)

# Each fuzz function for a short while; FUZZTIME=5m for a long one. The go command now and then fails with "context deadline
# exceeded" when the time is over while an input is still running; that alone, without an input that fails, is no fault.
# By default the go command spends up to a minute on shortening each input that reaches new code. FUZZTIME would be over
# after a few inputs, so that each gets a hundred tries only.
fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file found; do \
		name=$${found#func }; \
		echo "fuzz $$name in $$(dirname "$$file")"; \
		if out=$$($(GO) test -tags '$(TAGS)' -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x \
			"$$(dirname "$$file")" 2>&1); then \
			echo "$$out" | grep execs | tail -n 1; \
		else \
			echo "$$out"; \
			case $$out in *"Failing input"*) exit 1 ;; *"    context deadline exceeded"*) ;; *) exit 1 ;; esac; \
		fi; \
	done

# Archives of binaries for all systems, man pages, checksums and lists of the modules in each binary, in dist: make release VERSION=1.2.3
# Without cgo egret is built for every system; DuckDB is linked in on the system that runs this (NATIVE= leaves it out).
DIST    ?= dist
SYSTEMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
NATIVE  ?= $(shell $(GO) env GOOS)/$(shell $(GO) env GOARCH)
LDFLAGS  = -s -w -X github.com/egret-hunt/egret/internal/cli.release=$(VERSION)

release:
	@case '$(VERSION)' in [0-9]*.[0-9]*.[0-9]*) ;; *) echo "which VERSION? as in: make release VERSION=1.2.3" >&2; exit 2 ;; esac
	rm -rf '$(DIST)'
	mkdir -p '$(DIST)'
	$(GO) build -o '$(DIST)/egret-dev' ./cmd/egret-dev
	'$(DIST)/egret-dev' man -out '$(DIST)/man'
	for system in $(SYSTEMS); do \
		CGO_ENABLED=0 GOOS=$${system%/*} GOARCH=$${system#*/} $(MAKE) --no-print-directory release-one SYSTEM=$$system KIND= TAGS= || exit 1; \
	done
	if [ -n '$(NATIVE)' ]; then CGO_ENABLED=1 $(MAKE) --no-print-directory release-one SYSTEM='$(NATIVE)' KIND=-duckdb TAGS=duckdb; fi
	rm -r '$(DIST)/man' '$(DIST)/egret-dev'
	cd '$(DIST)' && sha256sum egret* > SHA256SUMS

# One archive with its list of modules. Times and owners do not enter it, so that the same source gives the same bytes.
release-one: NAME = egret-$(VERSION)-$(subst /,-,$(SYSTEM))$(KIND)
release-one: EXE = egret$(if $(filter windows/%,$(SYSTEM)),.exe)
release-one:
	mkdir -p '$(DIST)/$(NAME)'
	$(GO) build -trimpath -buildvcs=false -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o '$(DIST)/$(NAME)/$(EXE)' ./cmd/egret
	'$(DIST)/egret-dev' sbom -binary '$(DIST)/$(NAME)/$(EXE)' -version '$(VERSION)' -out '$(DIST)/$(NAME).cdx.json'
	cp -r LICENSE THIRD_PARTY_NOTICES README.md CHANGELOG.md '$(DIST)/man' '$(DIST)/$(NAME)/'
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C '$(DIST)' -cf - '$(NAME)' | gzip -n > '$(DIST)/$(NAME).tar.gz'
	rm -r '$(DIST)/$(NAME)'

# Measures what docs/performance.md lists, as ratios to gzip in the same run.
bench: build
	$(GO) run ./cmd/egret-dev bench

# Measures what a hunt costs a Trino server: processor time, bytes and queries.
bench-lake: build
	$(GO) build -o bin/egret-dev ./cmd/egret-dev
	bin/egret-dev trino -cache '$(CACHE)' -- bin/egret-dev bench-lake

ci:
	.ci/run
