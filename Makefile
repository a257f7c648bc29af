# docjobs. `make help` lists the targets.

export CGO_ENABLED ?= 0

# Packages that link neither Hugo nor the Temporal server: quick to test, and
# where the race detector fits.
LIGHT = ./activities/... ./api/... ./artifact/... ./client/... ./cmd/docjobs/cli/... \
        ./engine/convert/... ./engine/dita/... ./engine/docx/... ./engine/words/... ./engine/xmltoken ./engine/links/... ./engine/netguard ./engine/weblinks/... ./engine/release/... ./engine/calendar/... ./engine/hosting ./engine/source/... \
        ./engine/site ./engine/site/plain/... ./engine/site/sandbox ./engine/site/sourceconfig \
        ./index ./job/... ./keyring/... ./notify/... ./record/... ./ticket/... ./upload/... ./worker/... ./workflows/...
TOOLS = $(CURDIR)/.tools

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

.PHONY: build
build: ## build the program into bin/docjobs (the first time takes minutes)
	go build -o bin/docjobs ./cmd/docjobs

.PHONY: demo
demo: ## run everything and publish docs/
	go run ./cmd/docjobs up --publish docs

.PHONY: test
test: tools convert-tools docs-tools lint test-unit test-race test-e2e ## everything that must pass; installs Go modules, staticcheck, workflowcheck, versitygw and, as root, the validators and what runs the examples

.PHONY: tools
tools: $(TOOLS)/staticcheck

$(TOOLS)/staticcheck: tools/go.mod tools/go.sum
	@echo "Installing staticcheck, workflowcheck and versitygw into .tools (Go modules of the program follow as they are needed)."
	cd tools && go build -o $(TOOLS)/ tool
	@touch $@

# Debian packages that validate DITA: a validator, what turns DTDs into RELAX NG, the
# grammar, and the validator for where the first is missing.
VALIDATORS = jing trang dita-ot libxml2-utils

.PHONY: convert-tools
convert-tools: ## install what conversions are validated with (Debian as root; else it says what to do)
	@if command -v jing >/dev/null && command -v trang >/dev/null && command -v xmllint >/dev/null && ls -d /usr/share/dita-ot/dtd /opt/homebrew/opt/dita-ot /usr/local/opt/dita-ot 2>/dev/null | grep -q .; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  mkdir -p /usr/share/man/man1; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $(VALIDATORS); \
	else \
	  echo 'DITA cannot be validated on this machine, and the tests of that are skipped. Install:'; \
	  echo '  Debian:   sudo apt-get install --no-install-recommends $(VALIDATORS)'; \
	  echo '  Homebrew: brew install jing-trang dita-ot'; \
	  [ -z "$$CI" ]; \
	fi >&2

# Debian packages that run the examples of the documentation.
EXAMPLES = curl jq nodejs python3

.PHONY: docs-tools
docs-tools: ## install what the examples of the documentation are run with (Debian as root; else it says what to do)
	@if command -v curl >/dev/null && command -v jq >/dev/null && command -v node >/dev/null && command -v python3 >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $(EXAMPLES); \
	else \
	  echo 'Some examples of the documentation cannot be run on this machine, and are skipped. Install:'; \
	  echo '  Debian:   sudo apt-get install --no-install-recommends $(EXAMPLES)'; \
	  echo '  Homebrew: brew install curl jq node python'; \
	  [ -z "$$CI" ]; \
	fi >&2

.PHONY: lint
lint: $(TOOLS)/staticcheck ## formatting, vet, staticcheck, determinism of workflows, direction of imports
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'Run gofmt -w on these files.'; exit 1; }
	go vet ./...
	$(TOOLS)/staticcheck ./...
	$(TOOLS)/workflowcheck ./workflows
	go test .

.PHONY: test-unit
test-unit: ## all packages but the end-to-end tests
	go test $$(go list ./... | grep -v '/e2e$$')

.PHONY: test-race
test-race: ## the packages that run much at once, under the race detector (skipped where there is no C compiler)
	@if command -v cc >/dev/null; then CGO_ENABLED=1 go test -race $(LIGHT); else echo 'No C compiler: the race detector cannot run.'; fi

.PHONY: test-e2e
test-e2e: ## the whole program on the real engine
	go test -timeout 20m ./e2e

.PHONY: fuzz
fuzz: ## every fuzz target, for FUZZTIME each (default 30s)
	@for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $${FUZZTIME:-30s} -fuzzminimizetime 10x $$pkg || exit 1; \
	  done; \
	done

.PHONY: replay
replay: ## record the histories anew that the replay test holds the workflows to
	go test ./e2e -run TestRecordHistories -record
