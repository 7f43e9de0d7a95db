# For people; the build itself is meson and ninja. `make help` lists the commands.

BUILD_PACKAGES = gcc libc6-dev meson ninja-build pkg-config python3 libmnl-dev libnftables-dev libc-ares-dev libcurl4-openssl-dev \
	libssl-dev libseccomp-dev libcap-ng-dev libpcre2-dev zlib1g-dev libxxhash-dev libcjson-dev libcmocka-dev
DEMO_PACKAGES = iproute2 nftables nginx-light psmisc procps util-linux
TEST_PACKAGES = $(DEMO_PACKAGES) liburing-dev chromium clang libclang-rt-14-dev llvm python3-pytest python3-pytest-xdist curl openssl \
	haproxy keepalived mariadb-server-core opensmtpd postgresql python3-websockets redis-server rsyslog slapd socat tcpdump valgrind wrk

BUILD = build
MESON_FLAGS ?=
# The data path optimised as one: a link takes 20 s of CPU more. `make LTO=false` for who edits and builds all day.
LTO ?= true
CC ?= gcc
PYTEST = pytest-3 -q -p no:cacheprovider
# Side by side: much of the tests' time is waiting (tests/conftest.py keeps them apart).
BESIDE = --dist loadgroup -n

all: $(BUILD)/relevo

help:
	@echo "make            build build/relevo (as root: install missing Debian packages first)"
	@echo "make demo       run a pair on this machine, break it, and print what clients saw"
	@echo "make test       all tests on the plain build"
	@echo "make asan       the same under AddressSanitizer and UndefinedBehaviorSanitizer"
	@echo "make tsan       those of what has threads under ThreadSanitizer"
	@echo "make sim        SEEDS (1000000) elections simulated with faults; SEED=N [GROUPS=1] replays one with a trace"
	@echo "make chaos      N (500) random faults on pairs of real nodes; SEED=S for the same ones again"
	@echo "make sim-mutations  whether the simulator sees each of some ways to break elections"
	@echo "make fuzz       every fuzzer for FUZZ_SECONDS (20) each, with libFuzzer"
	@echo "make bench      CPU per operation side by side with HAProxy"
	@echo "make bench-quick  instructions per operation against bench/figures.tsv; RECORD=1 writes it anew"
	@echo "make install    to DESTDIR and PREFIX (/usr/local)"
	@echo "make reference  the reference of every word, as Markdown"

$(BUILD)/build.ninja: | packages-build
	CC="$(CC)" meson setup $(BUILD) -Dlto=$(LTO) $(MESON_FLAGS)

.PHONY: all help demo stay test unit asan tsan sanitized sim chaos sim-mutations fuzz measured bench bench-quick install reference clang clean FORCE

$(BUILD)/relevo: $(BUILD)/build.ninja FORCE
	@ninja -C $(BUILD)
FORCE:

# Missing packages: installed when we are root, else named in one line to paste.
packages-%:
	@sh tools/packages.sh $($(shell echo $* | tr a-z A-Z)_PACKAGES)

demo: packages-demo $(BUILD)/relevo
	python3 tools/demo.py

stay: packages-demo $(BUILD)/relevo
	python3 tools/demo.py --stay

unit: $(BUILD)/relevo
	meson test -C $(BUILD) --no-rebuild --print-errorlogs -t 5

test: packages-test unit
	RELEVO=$(CURDIR)/$(BUILD)/relevo $(PYTEST) $(BESIDE) 5 -m "not figures" tests/conf tests/blackbox
	RELEVO=$(CURDIR)/$(BUILD)/relevo $(PYTEST) $(BESIDE) 8 -m "not figures" tests/net
	RELEVO=$(CURDIR)/$(BUILD)/relevo $(PYTEST) $(BESIDE) 4 -m coarse tests/blackbox tests/net
	RELEVO=$(CURDIR)/$(BUILD)/relevo $(PYTEST) -m "figures and not coarse" tests/blackbox tests/net

# Sanitizer builds: everything but the figures of tests/net, whose bounds are for the plain build. A confined
# process cannot be searched for leaks (LeakSanitizer traces it); the unit tests are. What asks HAProxy or
# Keepalived only, and no relevo, has been asked once on the plain build. The parsers of outside bytes run under
# ASan in `make fuzz`; whoever reads a configuration has one thread, so tests/conf is not for TSan.
asan:
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 $(MAKE) BUILD=build-asan SUITES="tests/conf tests/blackbox" \
		MESON_FLAGS="-Db_sanitize=address,undefined -Db_lundef=false" sanitized
tsan:
	TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 $(MAKE) BUILD=build-tsan SUITES=tests/blackbox \
		MESON_FLAGS="-Db_sanitize=thread -Db_lundef=false" sanitized

# No more is built than what runs.
sanitized: packages-test $(BUILD)/build.ninja
	ninja -C $(BUILD) relevo
	meson test -C $(BUILD) --suite unit --print-errorlogs -t 5
	ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 RELEVO_SANITIZED=1 RELEVO=$(CURDIR)/$(BUILD)/relevo \
		$(PYTEST) -m "not reference" $(BESIDE) 4 $(SUITES)

# For clang's warnings alone; `make fuzz MESON_FLAGS=--werror` sees them, too.
clang: packages-test
	$(MAKE) BUILD=build-clang CC=clang MESON_FLAGS="--werror -Doptimization=0" all

FUZZ_SECONDS ?= 20
fuzz: packages-test
	[ -d build-fuzz ] || CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Dbuildtype=debugoptimized $(MESON_FLAGS)
	meson configure build-fuzz -Dfuzz_seconds=$(FUZZ_SECONDS)
	ninja -C build-fuzz
	meson test -C build-fuzz --no-rebuild --suite fuzz --print-errorlogs -t 10

SEEDS ?= 1000000
sim: $(BUILD)/relevo
ifdef SEED
	$(BUILD)/tests/sim/sim --seed $(SEED) $(if $(GROUPS),--groups)
else
	sh tests/sim/run.sh $(BUILD)/tests/sim/sim $(SEEDS)
endif

# Real pairs in network namespaces, random faults, invariants after each (root).
N ?= 500
chaos: packages-test $(BUILD)/relevo
	RELEVO=$(CURDIR)/$(BUILD)/relevo /usr/bin/python3 tests/chaos/chaos.py $(N) $(SEED)

# Breaks the state machine in a scratch copy, one way after the other: the simulator must see each.
sim-mutations: $(BUILD)/relevo
	python3 tests/sim/mutations.py $(BUILD)

# What is measured is what `make` gives to users, however the build directory was made.
measured: $(BUILD)/build.ninja
	meson setup --reconfigure $(BUILD) -Dlto=true >/dev/null
	ninja -C $(BUILD) relevo

bench: packages-test measured
	python3 bench/run.py

bench-quick: packages-test measured
	RELEVO=$(CURDIR)/$(BUILD)/relevo python3 bench/instructions.py $(if $(RECORD),--record)

install: $(BUILD)/relevo
	meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

reference: $(BUILD)/relevo
	@$(BUILD)/relevo reference

clean:
	rm -rf build build-asan build-tsan build-clang build-fuzz
