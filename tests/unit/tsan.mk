# Unit tests that make threads, with TSan: make check-tsan. Not those that take a processor, or a fault, apart.
# Included by Makefile.in, whose variables it uses.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

TSAN_NAMES  = $(filter-out calls/test_emulator_calls host/test_foreign,$(patsubst $(srcdir)/tests/unit/%.c,%, \
                $(shell grep -l pthread_create $(srcdir)/tests/unit/*/test_*.c)))
TSAN_TESTS  = $(if $(filter yes,$(have_cmocka)),$(TSAN_NAMES:%=tsan/tests/unit/%))
TSAN_COMMON = $(UNIT_HELPERS:%=tsan/%) $(UNIT_ROOMS:%=tsan/%)
TSAN_FLAGS  = -g -O1 -fno-omit-frame-pointer -fsanitize=thread
ALL_OBJS   += $(TSAN_COMMON) $(TSAN_NAMES:%=tsan/tests/unit/%.o)

tsan/%.o: $(srcdir)/%.c
	@mkdir -p $(@D)
	$(CC) -c $(UNIX_FLAGS) $(TSAN_FLAGS) $(ROOMS_INCL) -I$(srcdir)/tests/unit -MMD -MP -MF $(@:.o=.d) -o $@ $<

tsan/tests/unit/%: tsan/tests/unit/%.o $(TSAN_COMMON)
	$(CC) $(TSAN_FLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(ZYDIS_LIBS) -lpthread

# WHV_STORM_SECONDS=600: the storm of doorbells, ports and triggers for as long
check-tsan: $(TSAN_TESTS)
	@test -n '$(TSAN_TESTS)' || { echo "check-tsan: skipped, there is no cmocka" >&2; exit 1; }
	@failed=0; for test in $(TSAN_TESTS); do \
	    TSAN_OPTIONS="suppressions=$(srcdir)/tests/unit/tsan.supp" $$test >tsan/log 2>&1 && echo "ok - $$test" || \
	    { failed=1; echo "not ok - $$test"; cat tsan/log; }; \
	done; exit $$failed
