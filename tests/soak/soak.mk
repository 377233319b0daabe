# Soak, stress, storms and bells: programs for Wine, and the same linked with the rooms, for sanitizers. Included by
# Makefile.in, whose variables it uses.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

SOAK             = tests/soak/bells.exe tests/soak/soak.exe tests/soak/stress.exe tests/soak/storms.exe
SOAK_NATIVE      = tests/soak/soak tests/soak/stress tests/soak/storms
SOAK_NATIVE_OBJS = tests/soak/platform_linux.o
SOAK_OBJS        = tests/soak/platform_windows.pe.o
ALL_OBJS        += $(SOAK_NATIVE_OBJS) $(SOAK_OBJS) $(SOAK:.exe=.pe.o) $(SOAK_NATIVE:=.o) \
                   tests/soak/bells_left.pe.o tests/soak/machine.o tests/soak/machine.pe.o tests/soak/stress_notify.o \
                   tests/soak/stress_notify.pe.o

tests/soak/bells.exe: tests/soak/bells_left.pe.o
tests/soak/stress.exe: tests/soak/stress_notify.pe.o
tests/soak/stress: tests/soak/stress_notify.o
tests/soak/soak.exe: tests/soak/machine.pe.o
tests/soak/soak: tests/soak/machine.o

$(SOAK): %.exe: %.pe.o $(SOAK_OBJS) lib/libwinhvplatform.a
	$(CROSSCC) $(PE_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)

$(SOAK_NATIVE): %: %.o $(SOAK_NATIVE_OBJS) $(winhvplatform_unix_objs)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ZYDIS_LIBS) -lpthread
