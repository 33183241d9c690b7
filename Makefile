# What people type: `make help` lists it. GNU make and Python 3.10 or newer are all that must be there.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# A name that is not known is refused before anything runs: PEROID=2024-08 would load the newest month.
targets := help demo test test-long test-postgres test-browser test-hosts fuzz histories mutants bench plan compare load verify apply show-plan status check history backfill undo prune explain grant schema fetch-index discover scheduler clean
variables := DOMAIN MAX_FILES WORKERS PERIOD MODE DATA OUTPUT SCHEDULER PLAN ROLE READ_ONLY ALTER LIMIT LOAD KEEP KEY CELL COLUMN FROM TO QUERY ARGS EXIT_CODE ROUNDS PARTS
# What is no setting of ours but a program's may be given, too.
others := PYTHON VENV SHELL MAKE% WDH_% PG% LUIGI_% PYTHON% PIP_% LC_% LANG TZ NO_COLOR
where_from = $(firstword $(origin $(1)))
quote = '$(subst ','\'',$(1))'

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# The peers of the benchmark have an environment of their own.
PEERS := .bench/venv/.installed

# $(call refuse,what it is,the names,the known names)
refuse = $(error $(or $(shell $(PYTHON) workflows/nearest.py $(call quote,没有这个$(1)) \
	$(foreach name,$(2),$(call quote,$(name))) -- $(3)),there is no such $(1): $(2); known: $(3)))
given := $(foreach name,$(.VARIABLES),$(if $(filter command,$(call where_from,$(name))),$(name)))
mistyped := $(filter-out $(variables) $(others),$(given))
$(if $(mistyped),$(call refuse,变量 / there is no such variable,$(mistyped),$(variables) PYTHON VENV))
mistyped := $(filter-out $(targets) $(INSTALLED) $(PEERS),$(MAKECMDGOALS))
$(if $(mistyped),$(call refuse,目标 / there is no such target,$(mistyped),$(targets)))

# Such names stand in many people's environments, where they are passed over (but with -e), and that is said.
in_environment := $(foreach name,$(variables),$(if $(filter environment,$(call where_from,$(name))),$(name)))
$(if $(findstring e,$(firstword -$(MAKEFLAGS))),,$(foreach name,$(in_environment),$(warning \
	环境变量 $(name) 未被采用 / $(name) stands in the environment only and is not used; to use it: \
	make $(or $(firstword $(MAKECMDGOALS)),plan) $(name)=$(call quote,$($(name))))))
DOMAIN := trustee_performance
MAX_FILES :=
WORKERS := 1
PERIOD :=
MODE :=
DATA :=
OUTPUT :=
SCHEDULER :=
PLAN :=
ROLE :=
READ_ONLY :=
ALTER :=
LIMIT := 20
LOAD :=
KEEP := 24
KEY :=
CELL :=
COLUMN :=
FROM :=
TO :=
QUERY :=
ARGS :=
EXIT_CODE :=
ROUNDS := 5
PARTS := contest,sizes,numbers,reloads,real

# Given, they win over the environment and over .env; not given, the settings are left alone.
ifneq ($(DATA),)
export WDH_DATA_BASE_DIR := $(DATA)
endif
ifneq ($(OUTPUT),)
export WDH_OUTPUT_DIR := $(OUTPUT)
endif

# host[:port] of a luigid, or nothing.
scheduler_parts := $(subst :, ,$(filter-out local,$(SCHEDULER)))
scheduler_port := $(or $(word 2,$(scheduler_parts)),8082)
scheduler_flags := $(if $(scheduler_parts),--scheduler-host $(firstword $(scheduler_parts)) \
	--scheduler-port $(scheduler_port),--local-scheduler)

load_domain = $(BIN)/luigi --module workflows.tasks LoadDomain --domain $(call quote,$(DOMAIN)) \
	$(if $(MAX_FILES),--max-files $(call quote,$(MAX_FILES))) $(if $(PERIOD),--period $(call quote,$(PERIOD))) \
	$(if $(MODE),--mode $(call quote,$(MODE))) --workers $(call quote,$(WORKERS)) $(scheduler_flags) $(ARGS)

apply_plan = $(BIN)/luigi --module workflows.tasks ApplyPlan --plan-file $(call quote,$(PLAN)) \
	$(scheduler_flags) $(ARGS)

fetch_index = $(BIN)/python -m workflows.runs fetch-index $(if $(FROM),--from $(call quote,$(FROM))) \
	$(if $(QUERY),--query $(call quote,$(QUERY))) $(ARGS)

# Where the workflow writes, as its settings say (environment, .env or default).
output_dir = $(or $(OUTPUT),$(shell $(BIN)/python -c \
	'from workflows.settings import get_settings; print(get_settings().output_dir)'),output)

# make itself turns every failure into 2; the file EXIT_CODE gets what it was.
kept = $(if $(EXIT_CODE), && code=0 || code=$$?; echo "$$code" >$(call quote,$(EXIT_CODE)); exit "$$code")

.PHONY: $(targets)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo
	@echo 'Variables, as in `make plan MAX_FILES=3 PERIOD=2024-11`:'
	@echo '  DOMAIN     which of the catalogue'"'"'s domains: one, several (a,b), or all (trustee_performance)'
	@echo '  MAX_FILES  the most workbooks of a run (those of the newest month)'
	@echo '  PERIOD     2024-11, or 2024-01..2024-03 (the newest)'
	@echo '  MODE       delete_insert or append (delete_insert)'
	@echo '  DATA       where the workbooks are (./data, or WDH_DATA_BASE_DIR)'
	@echo '  OUTPUT     where everything is written (./output, or WDH_OUTPUT_DIR)'
	@echo '  PLAN       a plan.json that was saved, for verify, apply and show-plan'
	@echo '  ROLE       a database role, for grant; READ_ONLY=1 for one that only compares'
	@echo '  ALTER      1: schema also adds the columns that an existing table lacks'
	@echo '  LIMIT      how many loads history lists (20)'
	@echo '  LOAD       a load of the history, for undo (ARGS=--execute does it, --with-later also those in the way)'
	@echo '  KEEP       how many loads can still be taken back after prune (24)'
	@echo '  KEY        a row to explain: 2024-11,P0001,C001, or column=value,...; or CELL, file!sheet!G14'
	@echo '  COLUMN     explain this column only'
	@echo '  SCHEDULER  host[:port] of a luigid (none: in this process)'
	@echo '  WORKERS    tasks at a time (1)'
	@echo '  FROM       a CSV with the columns kind, key, company_id, for fetch-index; for backfill the first month'
	@echo '  TO         the last month of backfill'
	@echo '  QUERY      a file with a SELECT of these columns instead'
	@echo '  ARGS       further flags of LoadDomain, such as --show-sql'
	@echo '  EXIT_CODE  a file for the exit code of plan, compare, load, verify or apply (make itself: 2)'
	@echo '  ROUNDS     how often the benchmark measures each (5)'
	@echo '  PARTS      which of its parts (contest,sizes,numbers,reloads,real; files by name), or of mutants (plan/gates)'
	@echo '  PYTHON     the Python that makes the virtual environment (python3)'
	@echo '  VENV       where that is (.venv)'

demo: $(INSTALLED) ## plan and load sample workbooks into an embedded PostgreSQL, below ./demo
	@$(BIN)/python scripts/demo.py

test: $(INSTALLED) ## lint, types, import contracts and all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile

fuzz: $(INSTALLED) ## read thousands of damaged workbooks; a crash, a hang or a stray exception fails
	PYTHONPATH=. $(BIN)/python scripts/fuzz_workbooks.py $(ARGS)

histories: $(INSTALLED) ## a thousand random histories of loads and undos, each held against a plain model
	PYTHONPATH=. $(BIN)/python scripts/random_histories.py $(ARGS)

mutants: $(INSTALLED) ## make every decision wrong in turn: which wrong line fails no test? (PARTS=plan/gates)
	@$(BIN)/python -c 'import mutmut' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,mutants]'
	$(BIN)/python scripts/mutants.py $(if $(filter command,$(call where_from,PARTS)),--parts $(call quote,$(PARTS))) $(ARGS)

test-browser: $(INSTALLED) ## the pages, plan's and scheduler's, in a real Chromium (which apt installs)
	@$(BIN)/python -c 'import selenium' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,browser]'
	@$(BIN)/python scripts/chromium.py
	$(BIN)/pytest -m browser tests/browser

test-long: $(INSTALLED) ## the long proofs: connections broken at every statement, networks cut, the demo, a guide's month
	$(BIN)/pytest -n 2 --dist loadfile -m long

test-hosts: $(INSTALLED) ## hosts killed, cut off and powered off at every stage of a load (root and iproute2)
	@[ "$$(id -u)" = 0 ] && command -v ip nsenter unshare >/dev/null || { \
		echo "需要 root 和 iproute2、util-linux / root and the programs ip, nsenter and unshare are needed: sudo make test-hosts" >&2; exit 1; }
	$(BIN)/pytest -n 4 -m hosts tests/hosts

test-postgres: $(INSTALLED) ## the database's tests on the system's PostgreSQL (apt-get install postgresql)
	TEST_POSTGRES=system $(BIN)/pytest -m "not browser" tests/warehouse tests/plan --deselect tests/warehouse/test_embedded.py

plan: $(INSTALLED) ## show what a load would change; opens no connection
	$(load_domain)$(kept)

compare: $(INSTALLED) ## plan against the live table: which rows would be added, changed, removed
	$(load_domain) --compare$(kept)

load: $(INSTALLED) ## load into the database
	$(load_domain) --execute$(kept)

verify: $(INSTALLED) ## does the saved plan PLAN still hold?
	$(apply_plan)$(kept)

apply: $(INSTALLED) ## load exactly what the saved plan PLAN says, once
	$(apply_plan) --execute$(kept)

show-plan: $(INSTALLED) ## print the plan or receipt in the file PLAN, also one that was used
	@$(BIN)/python -m workflows.plan show $(call quote,$(PLAN))

status: $(INSTALLED) ## by month: what is loaded, newer, missing, still rejected, and what comes next (DOMAIN=a,b)
	@$(BIN)/python -m workflows.telling status --domain $(call quote,$(if $(filter command line,$(origin DOMAIN)),$(DOMAIN),all))

check: $(INSTALLED) ## are settings, catalogue, domains, file patterns and tables right?
	@$(BIN)/python -m workflows.telling check

history: $(INSTALLED) ## list the loads of the domain's table, newest first
	@$(BIN)/python -m workflows.warehouse history --domain $(call quote,$(DOMAIN)) --limit $(call quote,$(LIMIT))

undo: $(INSTALLED) ## plan taking back the load LOAD; ARGS=--execute does it
	@$(BIN)/luigi --module workflows.tasks UndoLoad --load-id $(call quote,$(LOAD)) $(scheduler_flags) $(ARGS)$(kept)

backfill: $(INSTALLED) ## load what is missing of the months FROM to TO, as status shows them (DOMAIN=a,b)
	@$(BIN)/luigi --module workflows.tasks Backfill --period $(call quote,$(FROM)..$(TO)) --execute \
		--domain $(call quote,$(if $(filter command line,$(origin DOMAIN)),$(DOMAIN),all)) \
		--workers $(call quote,$(WORKERS)) $(scheduler_flags) $(ARGS)$(kept)

prune: $(INSTALLED) ## remove what all but the last KEEP loads deleted: those can no longer be taken back
	@$(BIN)/python -m workflows.warehouse prune --domain $(call quote,$(DOMAIN)) --keep $(call quote,$(KEEP))

explain: $(INSTALLED) ## where a figure comes from: its cell, unit, rules and load, and what it was before (KEY or CELL)
	@$(BIN)/python -m workflows.telling explain --domain $(call quote,$(DOMAIN)) --key $(call quote,$(KEY)) \
		--cell $(call quote,$(CELL)) --column $(call quote,$(COLUMN)) $(ARGS)

grant: $(INSTALLED) ## make the role ROLE with just what loading needs (READ_ONLY=1: comparing)
	@$(BIN)/python -m workflows.warehouse grant --domain $(call quote,$(DOMAIN)) --role $(call quote,$(ROLE)) \
		$(if $(READ_ONLY),--read-only)

schema: $(INSTALLED) ## create the domain's table and the ledger where they are missing; show the columns that lack
	$(BIN)/python -m workflows.warehouse apply-schema --domain $(call quote,$(DOMAIN)) $(if $(ALTER),--alter)

fetch-index: $(INSTALLED) ## make the index of known companies anew from FROM (a CSV) or QUERY (asks the database)
	@$(fetch_index)

discover: $(INSTALLED) ## list every file seen, chosen or not, and why
	$(BIN)/python -m workflows.sources discover --domain $(call quote,$(DOMAIN)) \
		$(if $(MAX_FILES),--max-files $(call quote,$(MAX_FILES))) $(if $(PERIOD),--period $(call quote,$(PERIOD)))

scheduler: $(INSTALLED) ## run luigid for this machine, with its page, until Ctrl-C
	@$(BIN)/python -m workflows.telling scheduler --port $(call quote,$(scheduler_port))

bench: $(INSTALLED) $(PEERS) ## measure this and its peers (ROUNDS, PARTS); writes docs/benchmarks
	$(BIN)/python scripts/bench/run.py --rounds $(call quote,$(ROUNDS)) --parts $(call quote,$(PARTS))
	$(BIN)/python scripts/bench/report.py

clean: ## remove what can be made again (never receipts, what went back to providers, or a database)
	rm -rf -- $(foreach name,processed merged,$(call quote,$(output_dir)/$(name)))
	@for folder in $(foreach name,plans runs,$(call quote,$(output_dir)/$(name))); do \
		if [ -d "$$folder" ]; then \
		find "$$folder" -type f -not -path '*/problems/*' -delete; find "$$folder" -type d -empty -delete; fi; done
	rm -rf -- .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build

# Made anew when the requirements change.
$(INSTALLED): setup.cfg setup.py
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no '$(PYTHON)' here. Install Python 3.10 or newer, or name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "Python 3.10 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV); the first time takes about a minute."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--config-settings editable_mode=compat --editable '.[dev]'
	@touch $@

$(PEERS): scripts/bench/requirements.txt
	@echo "Installing the peers into $(@D); the first time takes some minutes."
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
