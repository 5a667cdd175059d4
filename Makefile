# Bare "make" prints this map. The last line that a target prints is machine
# readable: "NAME ok seconds=S" or "NAME failed exit=E seconds=S", or a line of
# figures where the target measures something.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
GO ?= go
# Binaries know their commit, so that a failure can name it; where git gives no
# answer (no checkout, or another owner's) they do without.
BUILD := $(GO) build -buildvcs=$(shell git status --porcelain >/dev/null 2>&1 && echo auto || echo false)
STEP := .ci/step
# With the planted bugs of sim/planted, which are not in the sources.
PLANTED = -tags planted -overlay $$($(GO) run ./cmd/planted overlay)
# TINY=1 gives demo, torture, golden, quickbench and the tests' clusters tiny
# segments, a checkpoint every second and hardly any log behind it.
ifneq ($(TINY),)
export ARAKOON_TEST_TINY := $(TINY)
endif

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z][a-z-]*:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## bin/arakoon and the other commands
	@$(STEP) build $(BUILD) -o bin/ ./cmd/...

.PHONY: test
test: ## all tests, with the race detector
	@command -v java >/dev/null || echo "test leaves out: TLC on one small model (no Java here; make tla needs it too)"
	@$(STEP) test $(GO) test -race ./...

.PHONY: lint
lint: ## gofmt, vet, staticcheck, exhaustive, architecture
	@$(STEP) lint sh -ec '.ci/gofmt; \
	  $(GO) vet ./...; \
	  $(GO) vet $(PLANTED) ./core/... ./kvstore/... ./sim/... ./realnet/... ./cmd/arakoon-sim; \
	  $(GO) tool staticcheck ./...; \
	  $(GO) tool exhaustive -d ./...; \
	  $(GO) tool exhaustive -d -check typeswitch -typeonly arakoon-go ./core/... ./kvstore/... ./model/... ./sim/... ./realnet/wire/...; \
	  $(GO) test -count=1 ./cmd/tidy'

.PHONY: fuzz
fuzz: ## every decoder's fuzz target for FUZZTIME each (3m)
	@.ci/fuzz $(or $(FUZZTIME),3m)

.PHONY: demo
demo: ## three processes: elect, write, kill -9 the master, go on, compare digests (TINY=1)
	@$(BUILD) -o bin/arakoon ./cmd/arakoon
	@bin/arakoon dev --once

.PHONY: sim hunt regress replay coverage
sim: ## two minutes of simulated runs, in two processes (FOR=2m JOBS=2 HUNT=flags)
	@$(MAKE) hunt FOR=$(or $(FOR),2m)

hunt: ## many simulated runs until one fails, for FOR (60s; JOBS=2 PROFILE=ci HUNT=flags)
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@mkdir -p sim-out
	@bin/arakoon-sim hunt --profile $(or $(PROFILE),ci) --for $(or $(FOR),60s) --jobs $(or $(JOBS),2) $(HUNT)

# A change must not be refused for what a fresh seed finds in the code before it.
regress: ## the same seeds 1..SEEDS (300) for every change; sim, hunt and nightly take fresh ones
	@$(MAKE) hunt FOR=15m HUNT="--from 1 --seeds $(or $(SEEDS),300) $(HUNT)"

replay: ## one simulated run with its trace (SEED=n SIM=flags)
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@bin/arakoon-sim replay --seed $(or $(SEED),1) $(SIM)

coverage: ## how often each fault and each telling situation comes up (SEEDS=1000)
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@bin/arakoon-sim coverage --seeds $(or $(SEEDS),1000) --jobs $(or $(JOBS),2)

.PHONY: scenarios
scenarios: ## scripted situations in the simulator, one line each
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@bin/arakoon-sim scenarios

.PHONY: power
power: ## power loss at every disk operation of a run, and of the recovery from it
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@bin/arakoon-sim power

.PHONY: treecrash
treecrash: ## power loss at every operation of 1,000 checkpoint histories, flipped bits in every page (TREECRASH=flags)
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@bin/arakoon-sim tree --histories 1000 $(TREECRASH)

.PHONY: mutants
mutants: ## planted bugs: how many seeds and seconds until a check fires (MUTANTS=flags)
	@$(BUILD) $(PLANTED) -o bin/arakoon-sim-planted ./cmd/arakoon-sim
	@bin/arakoon-sim-planted mutants $(MUTANTS)

.PHONY: torture
torture: ## real processes: 20 kills of the master, 10 of all three, 20 stops (TORTURE=flags TINY=1)
	@$(BUILD) -o bin/ ./cmd/arakoon ./cmd/torture
	@bin/torture $(TORTURE)

.PHONY: explore explore-kills
explore: ## every interleaving of small clusters of the core, held against the rules of consensus
	@$(BUILD) -o bin/arakoon-sim ./cmd/arakoon-sim
	@$(STEP) explore sh -ec 'for b in $(EXPLORE); do bin/arakoon-sim explore --quiet --bounds $$b; done'

# Each is walked to its end: together under a minute on a quiet core.
EXPLORE ?= ballots=1,values=1,crashes=1 ballots=2,values=0,crashes=0,slow=0,alarms=1 \
  ballots=1,values=1,crashes=0,hints=1,alarms=1

explore-kills: ## planted bugs of the protocol: found after how many worlds (model/explore/KILLS.md)
	@$(BUILD) $(PLANTED) -o bin/arakoon-sim-planted ./cmd/arakoon-sim
	@bin/arakoon-sim-planted explore --kills --markdown model/explore/KILLS.md

.PHONY: planted test-planted
planted: ## bin/arakoon-sim-planted, with a switch for every planted bug
	@$(BUILD) $(PLANTED) -o bin/arakoon-sim-planted ./cmd/arakoon-sim

test-planted: ## tests that need planted bugs: schedules, shrinking, scenarios, workers
	@$(STEP) test-planted sh -ec '$(GO) test -count=1 $(PLANTED) ./sim ./cmd/arakoon-sim ./model/explore -run "Plant|Schedules|Shrink|Hunt|Page"'

.PHONY: hunt-planted scenarios-planted power-planted torture-planted
hunt-planted: ## must fail: the simulator ranges over a map, so a seed's second run differs
	@$(BUILD) $(PLANTED) -o bin/arakoon-sim-planted ./cmd/arakoon-sim
	@bin/arakoon-sim-planted hunt --profile smoke --plant map-range --again 10; test $$? -eq 12

scenarios-planted: ## the scenarios, each with the planted bug that must turn it red
	@$(BUILD) $(PLANTED) -o bin/arakoon-sim-planted ./cmd/arakoon-sim
	@bin/arakoon-sim-planted scenarios --planted

power-planted: ## must fail: votes leave before the sync, so power loss loses data
	@$(BUILD) $(PLANTED) -o bin/arakoon-sim-planted ./cmd/arakoon-sim
	@! bin/arakoon-sim-planted power --plant vote-before-sync --outcome-only --stride 7

torture-planted: ## must fail: reads are served without a lease, so some are stale
	@$(BUILD) -o bin/ ./cmd/torture
	@$(BUILD) $(PLANTED) -o bin/arakoon-planted ./cmd/arakoon
	@! ARAKOON_PLANT=read-without-lease bin/torture --arakoon bin/arakoon-planted $(TORTURE)

.PHONY: tla tla-long tla-traces
tla: ## TLC checks the spec's short models, those with a rule left out too (needs Java and Maven; TLA=flags)
	@$(BUILD) -o bin/tla ./cmd/tla
	@bin/tla $(TLA)

tla-traces: ## 100 runs of the simulator, held against the spec by TLC step by step; lies are refused (TLA=flags)
	@$(BUILD) -o bin/tla ./cmd/tla
	@bin/tla --traces $(or $(TRACES),100) $(TLA)

tla-long: ## all models of the spec: hours (TLA=flags)
	@$(MAKE) tla TLA="--tier all --heap 6144 $(TLA)"

.PHONY: oracle
oracle: ## the state graphs of model/spec are TLC's (needs Java and TLC's jar; ORACLE="--models all")
	@$(BUILD) -o bin/oracle ./cmd/oracle
	@bin/oracle $(ORACLE)

.PHONY: quickbench
quickbench: ## updates and reads per second beside an echo of the same frames (QUICKBENCH=flags)
	@$(BUILD) -o bin/ ./cmd/arakoon ./cmd/quickbench
	@bin/quickbench $(QUICKBENCH)

.PHONY: bigstore catchup handover steady sites
bigstore: ## ten million keys: restart, memory, checkpoints, ranges, throughput (BIGSTORE=flags)
catchup: ## a node that was away catches up by log and snapshot, under load (CATCHUP=flags)
handover: ## the gap between two writes when mastership moves (HANDOVER=flags)
steady: ## ten minutes of full load with checkpoints, rolls and collapse (STEADY=flags)
sites: ## a datacentre is lost; the other one proves what was acknowledged (SITES=flags)
bigstore catchup handover steady sites:
	@$(BUILD) -o bin/ ./cmd/arakoon ./cmd/trial
	@bin/trial $@ $($(shell echo $@ | tr a-z A-Z))

.PHONY: cover
cover: ## statements of core and kvstore that neither a test nor a simulated run reaches, each judged
	@$(GO) test -coverpkg=./core/...,./kvstore/... -coverprofile=bin/cover.out ./core/... ./kvstore/... ./sim >/dev/null
	@$(GO) run ./cmd/uncovered -judged docs/uncovered.txt bin/cover.out

.PHONY: golden
golden: ## replays the real Arakoon's recorded traffic, byte for byte (TINY=1)
	@$(GO) run ./cmd/golden

.PHONY: tidy
tidy: ## who imports whom, bans, lengths: prints what is wrong
	@$(STEP) tidy $(GO) run ./cmd/tidy

.PHONY: nightly
nightly: ## what takes long: ten minutes of hunt, power, mutants, torture, trials, fuzz
	@$(STEP) nightly sh -ec 'for t in "hunt FOR=10m" "hunt PROFILE=soak FOR=10m" test-planted tla-traces oracle hunt-planted power treecrash mutants torture "torture TINY=1" bigstore catchup handover steady sites fuzz; do $(MAKE) $$t; done'

.PHONY: ci
ci: ## what continuous integration runs
	@.ci/run
