# `make` lists the targets. `make test` is what continuous integration runs.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-print-directory
.DEFAULT_GOAL := help

STATICCHECK := go tool -modfile=tools/go.mod staticcheck
TEMPL       := go tool templ
FUZZTIME    ?= 20s
# Tests run the marks at which they may kill the program; the product is built without.
TAGS        := -tags failpoint

# The product is built without C, and so is everything here but what the race detector watches: then
# a fresh machine compiles each library twice and not three times.
export CGO_ENABLED := 0

# The race detector watches the house and its libraries. Left out are those that cost most under it and have
# nothing to show: SQLite, which is translated C with locks of its own, regular expressions, which never change,
# compression and the reader of TOML, which have nothing to share. make test-extended watches these too.
UNWATCHED   := modernc.org/libc modernc.org/memory modernc.org/sqlite/lib regexp regexp/syntax github.com/BurntSushi/toml compress/flate
WATCH       := -race $(foreach p,$(UNWATCHED),-gcflags=$(p)=-race=false)

# In these packages nothing happens at the same time (internal/archtest looks that it is so), so their own tests
# run without the race detector only. As parts of other packages they are watched.
CALM        := campaign/lint internal/address internal/archtest internal/config internal/fault \
	internal/spool internal/tabular mailer/bounce mailer/maillog

# These drive programs that they build by themselves, which the detector would not see.
DRIVERS     := cmd/crash cmd/e2e cmd/mailhouse

WATCHED     := $$(go list ./... | grep -v $(foreach p,$(DRIVERS) $(CALM),-e '/$(p)$$'))

# stage NAME,COMMAND runs one step and prints how long it took.
define stage
@start=$$SECONDS; echo "== $(1)"; $(2); echo "== $(1): $$((SECONDS - start)) s"
endef

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: check-go ## build bin/reoptin and bin/reoptin-verify, static and without paths of this machine
	go build -trimpath -ldflags "-s -w" -o bin/ ./cmd/reoptin ./cmd/reoptin-verify

.PHONY: man
man: check-go ## write the manual pages of all commands into bin/man; reoptin man --out /usr/local/share/man/man1 installs them
	go run ./cmd/reoptin man --out bin/man/man1

.PHONY: demo
demo: check-go ## run the whole product on made-up data; Ctrl-C ends it and leaves nothing behind
	go run ./cmd/reoptin demo

# Tests wait for disks, servers and each other a quarter of their time, so one package more than there are cores is tested at a time. Twice
# as many tests of each make cmd/app and cmd/reoptin a quarter quicker by themselves, and all together no quicker.
AT_ONCE     := -p $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))

# Under the race detector some tests do less of the same, so all run in full without it as well. What go vet looked
# at is not looked at again by go test.
.PHONY: test
test: check-go check-race check-strace check-browser check-mailhouse ## everything that must hold before a change goes in
	$(call stage,vet and staticcheck,GOGC=400 $(MAKE) -j3 vet compile-race staticcheck)
	$(call stage,generated code,$(MAKE) generate-check)
	$(call stage,go mod tidy,$(MAKE) tidy-check)
	$(call stage,go test -race,CGO_ENABLED=1 go test $(WATCH) $(AT_ONCE) -vet=off -shuffle=on -timeout=30m $(TAGS) $(WATCHED))
	@echo "== go test"
	@go test $(AT_ONCE) -vet=off -count=1 -timeout=30m $(TAGS) ./...

# Side by side these compile what the tests need, with all cores busy: a fresh machine has nothing compiled yet, and
# each way of compiling has one package that takes as long as all others. Compilers that collect their garbage more seldom
# take a tenth less.
.PHONY: vet compile-race staticcheck
vet: # one file of the product is left out where the marks are built, and what is measured is built without them
	@go vet $(TAGS) ./... && go vet ./internal/failpoint ./cmd/app
compile-race:
	@CGO_ENABLED=1 go list -export -test -deps $(WATCH) $(TAGS) $(WATCHED) >/dev/null
staticcheck:
	@$(STATICCHECK) $(TAGS) ./...

.PHONY: screenshots
screenshots: check-go check-browser ## draw every page into docs/img/pages, for docs/pages.md
	CI=true REOPTIN_PICTURES="$(CURDIR)/docs/img/pages" go test -count=1 -run '^TestPictures$$' ./cmd/e2e

.PHONY: test-extended
test-extended: test ## twenty thousand kills, two thousand images after each power cut, every call failing once, four senders, the codes of a thousand letters read back, five thousand messages over a Postfix that is restarted, a thousand times the draws of every property of the base, the tests three times in other orders, then every fuzz target for FUZZTIME
	REOPTIN_SWEEP=all REOPTIN_ROUNDS=100 go test -count=1 -timeout=60m -v -run '^(TestEveryCallFailsOnce|TestFourSenders)$$' $(TAGS) ./cmd/crash
	REOPTIN_IMAGES=2000 go test -v -count=1 -timeout=30m -run '^TestPowerCutWhile' $(TAGS) ./cmd/crash
	REOPTIN_KILLS=20000 go test -count=1 -timeout=120m -run '^TestKills$$' $(TAGS) ./cmd/crash
	REOPTIN_TONGUES=all go test -v -count=1 -timeout=30m -run '^(TestEveryState|TestRobots|TestTheReportOfAnAudit)$$' ./cmd/e2e
	REOPTIN_LETTERS=1000 go test -count=1 -timeout=30m -run '^TestCodesAreReadBack$$' ./mailer/letter
	REOPTIN_POSTFIX=5000 go test -v -count=1 -timeout=30m -run '^TestRealBounces$$' ./cmd/mailhouse
	REOPTIN_EVERY_SCREEN=1 go test -count=1 -timeout=30m -run '^(TestMessagesOnEveryScreen|TestPages)$$' $(TAGS) ./cmd/e2e
	go test -count=1 -timeout=60m ./campaign -rapid.checks=100000
	CGO_ENABLED=1 go test -race -shuffle=on -count=3 -timeout=60m $(TAGS) ./...
	$(MAKE) fuzz

.PHONY: bench
bench: check-go ## measure the whole house (docs/performance.md), then its parts
	go test -run '^$$' -bench . -benchtime 1x ./cmd/app ./cmd/reoptin
	go test -run '^$$' -bench . -benchmem $$(go list ./... | grep -v /cmd/)

.PHONY: fuzz
fuzz: check-go ## run every fuzz target for FUZZTIME (20s)
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
			echo "== $$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$package"; \
		done; \
	done

.PHONY: lint
lint: check-go ## go vet and staticcheck
	@$(MAKE) vet staticcheck

.PHONY: generate
generate: check-go ## write the *_templ.go files anew from their templates, docs/triage.md from the decision table, and docs/rules.md from the catalogue of rules
	$(TEMPL) generate
	go test -run TestTheGuideIsWhatRuns ./campaign ./campaign/lint -update >/dev/null
	go test -run TestStartersReadEasily ./cmd/app -update >/dev/null

# Compares before and after by checksum rather than through git, so that it also works on a source
# archive and on files that are not added yet.
.PHONY: generate-check
generate-check:
	@sums() { find . -name '*_templ.go' -not -path './.git/*' -exec cksum {} + | sort -k 3; }; \
	before=$$(sums); \
	$(TEMPL) generate >/dev/null 2>&1 || $(TEMPL) generate; \
	if ! diff <(echo "$$before") <(sums); then \
		echo "The generated code above was out of date and has been written anew: look at it and commit it." >&2; \
		exit 1; \
	fi

.PHONY: tidy-check
tidy-check: check-go ## fail when go.mod or go.sum is not what go mod tidy would write
	@go mod tidy -diff || { echo "go.mod or go.sum is out of date: run go mod tidy and commit the result." >&2; exit 1; }

.PHONY: clean
clean: ## remove what the targets above built
	rm -rf bin dist coverage.out

.PHONY: check-go
check-go:
	@command -v go >/dev/null || { echo "Go is missing: install Go $$(sed -n 's/^go //p' go.mod) or newer from https://go.dev/dl/" >&2; exit 1; }
	@need=$$(sed -n 's/^go //p' go.mod); \
	have=$$(cd / && go env GOVERSION); have=$${have#go}; have=$${have%%[- ]*}; \
	if [[ $$have =~ ^[0-9] && $$(printf '%s\n' "$$need" "$$have" | sort -V | head -n 1) != "$$need" ]]; then \
		if [[ $$(go env GOTOOLCHAIN) == local ]]; then \
			echo "Go $$have is too old: reoptin needs Go $$need or newer from https://go.dev/dl/" >&2; exit 1; \
		fi; \
		echo "Go $$have is too old and will fetch Go $$need by itself."; \
	fi

.PHONY: check-strace
check-strace:
	@if [[ $$(uname) == Linux ]] && ! command -v strace >/dev/null; then \
		echo "The tests of power cuts need strace: install it (on Debian: apt-get install strace)." >&2; exit 1; \
	fi

# What the tests in a browser need. At home they are passed over without it; where CI is set they must run.
.PHONY: check-browser
check-browser:
	@missing() { echo "$$1" >&2; if [[ -n "$${CI:-}" ]]; then exit 1; fi; }; \
	command -v chromium chromium-browser google-chrome >/dev/null || \
		missing "The tests in a browser need Chromium: install it (on Debian: apt-get install chromium)."; \
	if ! [[ cmd/e2e/node_modules/.package-lock.json -nt cmd/e2e/package-lock.json ]]; then \
		if ! command -v npm >/dev/null; then \
			missing "The tests in a browser need npm, for the checker of accessibility: install it (on Debian: apt-get install npm)."; \
		elif ! (cd cmd/e2e && npm ci --ignore-scripts --no-audit --no-fund >/dev/null); then \
			missing "The checker of accessibility could not be installed: run npm ci --ignore-scripts in cmd/e2e."; \
		fi; \
	fi

# What the tests over a real relay need. At home they are passed over without it; where CI is set they must run.
.PHONY: check-mailhouse
check-mailhouse:
	@for program in postfix dovecot spamassassin; do \
		if ! PATH="$$PATH:/usr/sbin" command -v $$program >/dev/null; then \
			echo "The tests over a real mail server need $$program: install it (on Debian: apt-get install postfix dovecot-imapd dovecot-lmtpd spamassassin)." >&2; \
			if [[ -n "$${CI:-}" ]]; then exit 1; fi; \
		fi; \
	done

.PHONY: check-race
check-race:
	@if ! command -v "$$(go env CC | cut -d ' ' -f 1)" >/dev/null; then \
		echo "The race detector needs a C compiler: install gcc or clang (on Debian: apt-get install gcc libc6-dev)." >&2; exit 1; \
	fi
