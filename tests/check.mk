# What make runs: the suites, the lab, the fuzzers, the benchmarks. Included by Makefile.in, whose variables it uses.
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

CHECK_SUITES = runner layers headers configure packaging unit fuzz differential conformance install demo clients \
               gdb smp syscalls instructions terminal system
check: tests
	@$(RUN_TESTS) $(srcdir)/tools/run-tests $(CHECK_SUITES)

# the inputs that once failed, the seeds, and a few changes of them: no sanitizers, no clang
check-fuzz: $(FUZZ_REPLAY)
	@$(RUN_TESTS) $(srcdir)/tools/run-tests fuzz

# Searches with libFuzzer, ASan and UBSan: FUZZ_SECONDS for each target, FUZZ_JOBS processes at once; what is found is
# kept in FUZZ_CORPUS. One target alone: make fuzz FUZZ_TARGETS=fuzz_walker
fuzz: need-clang $(FUZZ_REPLAY)
	@$(MAKE) $(FUZZ_SEARCH)
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_JOBS='$(FUZZ_JOBS)' FUZZ_CORPUS='$(FUZZ_CORPUS)' \
	    FUZZ_TARGETS='$(FUZZ_TARGETS)' $(srcdir)/tests/fuzz/run $(srcdir)

need-clang:
	@echo 'int LLVMFuzzerTestOneInput( const void *data, unsigned long size ) { return !data + (size > 0); }' | \
	    $(FUZZ_CLANG) -x c -fsanitize=fuzzer,address,undefined -o /dev/null - >/dev/null 2>&1 || \
	    { echo "make fuzz needs clang and its runtime for libFuzzer and the sanitizers" \
	      "($(FUZZ_CLANG) does not make such a program)." >&2; \
	      echo "On Debian and Ubuntu:  apt-get install --no-install-recommends clang libclang-rt-dev" >&2; exit 1; }

# the objects say who calls whom
check-layers: all
	@$(RUN_TESTS) $(srcdir)/tools/run-tests layers

check-headers:
	@$(RUN_TESTS) $(srcdir)/tools/run-tests headers

check-unit: $(UNIT_TESTS)
	@$(RUN_TESTS) $(srcdir)/tools/run-tests unit

check-differential: $(DIFFERENTIAL)
	@$(RUN_TESTS) $(srcdir)/tools/run-tests differential

# another series each time; WHV_DIFFERENTIAL_SEED repeats one
check-long: tests
	@$(RUN_TESTS) WHV_DIFFERENTIAL_CASES=1000000 WHV_DIFFERENTIAL_SEED="$${WHV_DIFFERENTIAL_SEED:-$$(date +%s)}" \
	    $(srcdir)/tools/run-tests differential

check-conformance: all $(ALL_TESTS)
	@$(RUN_TESTS) $(srcdir)/tools/run-tests conformance

check-configure check-packaging check-install check-demo check-syscalls check-instructions check-smp: tests
	@$(RUN_TESTS) $(srcdir)/tools/run-tests $(@:check-%=%)

# GUEST_LINUX=DIR for the long part
check-clients: all
	@$(RUN_TESTS) $(srcdir)/tools/run-tests clients

check-gdb: all
	@$(RUN_TESTS) $(srcdir)/tools/run-tests gdb

# interrupts of all kinds at once, for as long as wanted
SECONDS = 600
soak: all $(SOAK)
	tools/whv-wine tests/soak/soak.exe --seconds $(SECONDS) tests/guests/soak.bin

check-system: all
	@$(RUN_TESTS) $(srcdir)/tools/run-tests system

check-lab: tests
	@$(RUN_TESTS) $(srcdir)/tools/check-lab

$(BENCH_NATIVE): $(BENCH_NATIVE_OBJS)
$(STEPS): $(STEPS_OBJS)
tests/bench/milestones: tests/bench/milestones.o
$(BENCH_NATIVE) $(STEPS) tests/bench/milestones:
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lpthread

$(BENCH_PE): $(BENCH_PE_OBJS) lib/libwinhvplatform.a lib/libwinhvemulation.a
	$(CROSSCC) $(PE_LDFLAGS) -o $@ $^

# all of it, or what KINDS names: make bench-instructions KINDS='out in'
bench-instructions: all $(STEPS) $(BENCH_PE)
	@WHV_BUILDDIR='$(builddir)' $(srcdir)/tests/check-instructions --print $(KINDS)

# check-bench fails above the ratios that are promised; for a quiet machine
bench check-bench: all $(BENCH_NATIVE) $(BENCH_PE) $(SOAK)
	@WHV_SRCDIR='$(srcdir)' WHV_BUILDDIR='$(builddir)' $(srcdir)/tests/bench/run $(filter --check,--$(@:-bench=))

# an unmodified QEMU under Wine against the native one: needs QEMU_WINDOWS=DIR; GUEST_LINUX=DIR for a part
bench-system: all tests/bench/milestones
	@WHV_SRCDIR='$(srcdir)' WHV_BUILDDIR='$(builddir)' $(srcdir)/tests/bench/system $(BENCH_OPTIONS)
