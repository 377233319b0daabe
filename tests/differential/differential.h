/*
 * Differential test: one case and what comes of it
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 * What all files of the differential test share: a case (an instruction, a mode, registers, a seed for memory and
 * devices), and the outcome of executing it. Each case is a function of seed and index and of nothing else.
 * The guest's layout is machine.c's, the choice of cases generate.c's, the two executions raw.c's and whv.c's, the
 * verdict compare.c's. raw.c is the referee: it knows the kernel's interface and nothing of the code under test.
 */

#ifndef __WHV_DIFFERENTIAL_H
#define __WHV_DIFFERENTIAL_H

#include <stdint.h>
#include <linux/kvm.h>

#include "host/kvm.h"
#include "winhvplatformdefs.h"

/* ---- the guest ---- */

enum mode
{
    MODE_REAL16,
    MODE_PROT16,                /* protected, 16-bit code and stack segments */
    MODE_PROT32,
    MODE_PAGED32,
    MODE_PAE32,
    MODE_COMPAT32,              /* 32-bit code in long mode, ring 0 */
    MODE_LONG64,                /* ring 0 */
    MODE_USER64,                /* ring 3 */
    MODE_COUNT
};

extern const char * const mode_names[MODE_COUNT];

/* Guest-physical layout: memory but for two windows. Pages of one kind are not all neighbours of themselves, so that an
 * operand can lie half in memory and half in a device. */
#define RAM_SIZE     0x30000
#define HANDLERS     0x03000    /* 16 bytes for each vector */
#define CODE         0x10000    /* two pages */
#define LANDING      0x11f00    /* where branches go: ends a case as well */
#define FAR_LANDING  0x0bf00    /* where far ones go: within reach of 16 bits */
#define RING0_STACK  0x15000    /* the end */
#define DATA         0x18000    /* four pages */
#define STACK        0x1c000    /* two pages */
#define MMIO         0x20000    /* four pages: not mapped */
#define DATA2        0x24000    /* four pages */
#define ROM          0x28000    /* four pages: mapped read-only */
#define MMIO2        0x2c000    /* four pages: not mapped */

enum { EXCEPTION_VECTORS = 32 };

/* Instruction pointer of a place in the code. */
struct test;
extern UINT64 machine_rip( const struct test *test, UINT64 linear );
/* Linear address of the instruction. */
extern UINT64 machine_code( const struct test *test );
/* Writes tables, handlers and code of a case into its memory (RAM_SIZE bytes). */
extern void machine_fill( const struct test *test, UINT8 *memory );
extern void machine_state( const struct test *test, struct kvm_regs *regs, struct kvm_sregs *sregs );
extern BOOL machine_is_paged( enum mode mode );
/* The page tables' opinion, in plain numbers. FALSE: nothing is mapped there. */
extern BOOL machine_translate( enum mode mode, UINT64 linear, UINT64 *gpa );
/* Do the page tables forbid it there? In paged modes there are pages without Write, and without User, from this number
 * on. */
#define GUARDED       160
#define GUARDED_COUNT 16
extern BOOL machine_is_forbidden( enum mode mode, UINT64 linear, BOOL write );
extern BOOL machine_is_mmio( UINT64 gpa );
extern BOOL machine_is_rom( UINT64 gpa );

/* ---- a case ---- */

#define MAX_LENGTH 15
#define MAX_LEAD   120          /* what a short jump reaches */

enum away
{
    AWAY_NOT,
    AWAY_ELSEWHERE,             /* RIP goes to LANDING */
    AWAY_SHADOW,                /* the same, with an interrupt shadow */
    AWAY_EXCEPTION,             /* #UD instead */
    AWAY_COUNT
};

struct form;

struct test
{
    UINT64 seed, index;
    enum mode mode;
    const struct form *form;
    UINT8  bytes[MAX_LENGTH];
    UINT8  length;
    UINT8  before[MAX_LENGTH];  /* what stands in front of it, to lead the search for it astray */
    UINT16 code_offset;         /* of the instruction, from CODE */
    /* it is entered at a jump so many bytes before it (0: at the instruction): what is between is never executed */
    UINT8  lead;
    /* it is executed from a linear page before which there is none: paged modes, on the second page */
    UINT8  island;
    UINT8  reruns;              /* how often the third client runs before it completes */
    UINT8  away;                /* what the client does that does not do it: enum away */
    UINT8  touch;               /* it also sets registers meanwhile */
    UINT8  on_memory;           /* no operand is in a device: the emulator is asked where no exit would */
    UINT8  remaps;              /* memory is read-only but for what the client opens */
    UINT8  overlaps;            /* its two operands lie close together */
    UINT8  own_address;         /* the register operand is part of the address */
    UINT8  crosses;             /* something is stored on two pages */
    UINT8  halved;              /* ... half on each */
    UINT8  forbidden;           /* an operand lies where the page tables do not let it */
    /* so many bytes stand at plant_gpa, in memory or in the device: where to branch, or a selector */
    UINT8  planted;
    UINT8  plant[10];
    UINT64 plant_gpa;
    UINT64 reserved;            /* linear address of the part of an FXSAVE image that nobody need write, or 0 */
    UINT8  fpu[160];            /* x87 state, the beginning of an FXSAVE image */
    UINT64 gpr[16], rflags;
    UINT64 base[6];             /* segments es cs ss ds fs gs */
    UINT32 limit;               /* of one of them, if it is not 0; the others have the mode's */
    UINT8  limited;             /* which */
    UINT64 xmm[16][2], upper[16][2];
};

#define FLAG_CF 0x001u
#define FLAG_PF 0x004u
#define FLAG_AF 0x010u
#define FLAG_ZF 0x040u
#define FLAG_SF 0x080u
#define FLAG_TF 0x100u
#define FLAG_IF 0x200u
#define FLAG_DF 0x400u
#define FLAG_OF 0x800u
#define FLAG_RF 0x10000u
#define FLAG_AC 0x40000u
#define FLAG_STATUS (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* Fills a test; the result depends on seed and index only. */
extern void generate( UINT64 seed, UINT64 index, struct test *test );
extern const char *form_name( const struct form *form );
/* Status flags that the manuals leave undefined behind it. */
extern UINT32 form_undefined_flags( const struct test *test );
extern BOOL form_uses_vectors( const struct form *form );
/* ... also above bit 127 */
extern BOOL form_uses_upper_halves( const struct form *form );
extern BOOL form_uses_fpu( const struct form *form );
extern BOOL form_is_string( const struct form *form );
/* What KVM has left of a register when it exits. The upper half of those that a string instruction with 32-bit
 * addresses in 64-bit code will zero-extend anyway is gone, and the rSP of LEAVE: only who never completes it could
 * tell. */
extern UINT64 form_kept_bits( const struct test *test, UINT32 reg );
/* A prefix in front would make another instruction of it that can't be told apart at its first exit. */
extern BOOL form_is_ambiguous( const struct test *test );
/* Why this case is not executed, or NULL (exclusions.c). */
extern const char *excluded( const struct test *test );
/* ... or why its result is not looked at, given what the referee has made of it. */
struct outcome;
extern const char *excluded_after( const struct test *test, const struct outcome *referee );
extern void print_exclusions( void );

/* A generator of numbers: the same everywhere for the same seed. */
struct random { UINT64 state; };
extern UINT64 random_next( struct random *random );
extern UINT32 random_below( struct random *random, UINT32 limit );
extern BOOL random_percent( struct random *random, UINT32 percent );
extern UINT64 hash64( UINT64 value );

/* ---- the model device: what is read depends on the address, what is written is noted ---- */

#define LOG_SIZE 16384

struct log_entry
{
    UINT64 address;
    UINT8  kind;                /* 'r', 'w'; 'i', 'o' for ports */
    UINT8  value;
    UINT32 order;               /* among all of both logs */
};

struct device
{
    UINT64 seed;
    UINT32 memory_count, port_count, inputs;
    BOOL   overflow;
    UINT32 planted;             /* what is read at plant_gpa */
    UINT64 plant_gpa;
    UINT8  plant[10];
    struct log_entry memory[LOG_SIZE], port[LOG_SIZE];  /* one entry a byte: how it was cut does not show */
};

extern void device_reset( struct device *device, const struct test *test );
extern void device_read( struct device *device, UINT64 gpa, UINT8 *data, UINT32 size );
extern void device_write( struct device *device, UINT64 gpa, const UINT8 *data, UINT32 size );
extern void device_in( struct device *device, UINT16 port, UINT8 *data, UINT32 size );
extern void device_out( struct device *device, UINT16 port, const UINT8 *data, UINT32 size );

/* ---- outcomes ---- */

enum end
{
    END_DONE,                   /* the instruction is behind us */
    END_EXCEPTION,              /* vector */
    END_REFUSED,                /* KVM's emulator has no such instruction */
    END_STRANGE,                /* text says what */
};

struct outcome
{
    enum end end;
    UINT8    vector;
    char     text[240];
    UINT64   gpr[16], rip, rflags, cr2;
    struct { UINT64 base; UINT16 selector; } segments[6];
    UINT64   xmm[16][2], upper[16][2];
    UINT8    fpu[160];
    struct device device;
    UINT32   exits;             /* for the client or for user space */
    UINT8   *memory;            /* RAM_SIZE bytes */
};

/* What one kind of processor writes to the tables and others do not. */
extern void machine_hide_accessed( const struct test *test, UINT8 *memory );
/* From registers and memory: how it ended. */
extern void machine_look_at_end( const struct test *test, struct outcome *outcome );

/* KVM by itself. Open: 0, or -errno. cpuid is what the other side's vp has. */
struct kvm_cpuid2;
extern int raw_open( const struct kvm_cpuid2 *cpuid );
extern void raw_run( const struct test *test, struct outcome *outcome );
/* The same with PROT_ rights for each page of memory, to see whether it gets by without the others: ends (END_STRANGE)
 * where it does not, be it that KVM says EFAULT, or that it takes the page for a device's. */
extern void raw_run_guarded( const struct test *test, const UINT8 rights[RAM_SIZE / 0x1000], struct outcome *outcome );
extern void raw_close( void );

/* Our side. */
enum client
{
    CLIENT_PLAIN,               /* emulates at each exit */
    CLIENT_RERUN,               /* runs again some times before it does */
    CLIENT_AWAY,                /* does not do it at all: goes elsewhere, or injects an exception */
    CLIENT_REMAP,               /* has all memory read-only, makes a page writable at the exit, and runs again */
};

extern HRESULT whv_open( struct kvm_cpuid2 *cpuid, UINT32 room );
extern void whv_run( const struct test *test, enum client client, struct outcome *outcome );
/* The emulator alone, on memory. */
extern void whv_emulate( const struct test *test, struct outcome *outcome );
extern void whv_close( void );
/* How many exits showed RIP at a later prefix of the instruction. */
extern UINT64 whv_ambiguous;
/* How many pages CLIENT_REMAP has made writable. */
extern UINT64 whv_remapped;

/* What the instruction has touched, against the list of access.h (accesses.c). referee is what raw_run() made of it. */
enum verdict { VERDICT_PASSED, VERDICT_FAILED, VERDICT_NONE };
extern enum verdict judge_accesses( const struct test *test, const struct outcome *referee, char *text, UINT32 size );
extern BOOL access_is_compared( const struct form *form );
extern void print_access_exclusions( void );

/* FALSE: they differ; text says where. */
extern BOOL compare( const struct test *test, const struct outcome *referee, const struct outcome *outcome,
                     char *text, UINT32 size );
extern void print_test( const struct test *test );

/* A case that takes longer than some seconds is stopped. */
extern volatile BOOL watchdog_bites;

#endif /* __WHV_DIFFERENTIAL_H */
