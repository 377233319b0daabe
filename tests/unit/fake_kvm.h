/*
 * A KVM for unit tests
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
 * Stands in for kvm.c: everything of kvm.h in plain memory, with the kernel's rules, and no /dev/kvm.
 * Tests queue what KVM_RUN shows, look at what was brought in, let any call fail, and count calls, fds and mappings.
 * With nothing queued a very small processor runs: OUT, IN, HLT, NOP, JMP rel8, MOV AL/AX/DX; enough for probes and
 * spins. Misuse (a closed fd, a run page of a wrong size, an empty script without code) ends the test with a message.
 * One process-wide world behind one lock; start each test with fake_kvm_reset().
 */

#ifndef __WHV_TESTS_FAKE_KVM_H
#define __WHV_TESTS_FAKE_KVM_H

#include "host/kvm.h"

#define FAKE_RUN_SIZE   0x3000
#define FAKE_XSAVE_SIZE 0x1000
#define FAKE_MAX_SLOTS  32764
#define FAKE_NO_REG     0xff

struct fake_vcpu;
struct fake_exit;
typedef void (*fake_hook)( struct fake_vcpu *vcpu, struct fake_exit *exit );

/* What the next KVM_RUN does before anything else to finish the instruction (docs/kvm-facts, in one line each). */
enum fake_completion
{
    FAKE_COMPLETE_NONE,
    FAKE_COMPLETE_FAST,         /* dropped if RIP was moved; else data to the register, RIP past */
    FAKE_COMPLETE_EMULATOR,     /* data to the register and RIP past, whatever RIP was set to meanwhile */
    /* data to EDX:EAX (RDMSR) and RIP advanced from wherever it is, or #GP if error is set */
    FAKE_COMPLETE_MSR,
};

/* One KVM_RUN. Everything that is 0 is left out; all registers at an exit are KVM's own, then shown by the sync
 * area. */
struct fake_exit
{
    int      error;             /* -errno: KVM_RUN answers this and leaves the rest of kvm_run as it was */
    int      block;             /* stay in the guest until the thread is kicked, then -EINTR */
    int      fragment;          /* shown by the completion of the exit before, even with immediate_exit */
    uint32_t reason;            /* KVM_EXIT_* */

    /* KVM_EXIT_IO, KVM_EXIT_MMIO, KVM_EXIT_X86_RDMSR, KVM_EXIT_X86_WRMSR */
    uint64_t address;           /* port, GPA or MSR */
    uint64_t value;             /* written data */
    uint8_t  size;              /* bytes of an item */
    uint8_t  write;
    uint32_t count;             /* items of string I/O; 0 counts as 1 */
    uint32_t msr_reason;

    uint64_t skip;              /* RIP moves on by so much before the exit is shown */
    enum fake_completion completion;
    uint64_t complete_skip;     /* ... and by so much in the completion */
    uint8_t  reg;               /* where completion puts the data: encoding order (rax rcx rdx rbx ...), FAKE_NO_REG */

    fake_hook on_entry;         /* dirty registers are loaded: look at vcpu, or change it */
    fake_hook on_exit;          /* kvm_run is filled but for the sync area: change vcpu or kvm_run */
    fake_hook on_complete;      /* after the completion above: vcpu->run holds what was fed back */
    void    *arg;

    /* filled by the fake */
    uint64_t shown_rip;
};

/* The usual exits, for fake_kvm_queue. reg: register that a read goes to. */
#define FAKE_FAST_OUT( port, bytes, data, length ) \
    { .reason = KVM_EXIT_IO, .address = (port), .size = (bytes), .value = (data), .write = 1, \
      .completion = FAKE_COMPLETE_FAST, .complete_skip = (length), .reg = FAKE_NO_REG }
#define FAKE_EMULATED_OUT( port, bytes, data, length ) \
    { .reason = KVM_EXIT_IO, .address = (port), .size = (bytes), .value = (data), .write = 1, .skip = (length) }
#define FAKE_FAST_IN( port, bytes, length ) \
    { .reason = KVM_EXIT_IO, .address = (port), .size = (bytes), .completion = FAKE_COMPLETE_FAST, \
      .complete_skip = (length) }
#define FAKE_EMULATED_IN( port, bytes, length ) \
    { .reason = KVM_EXIT_IO, .address = (port), .size = (bytes), .completion = FAKE_COMPLETE_EMULATOR, \
      .complete_skip = (length) }
#define FAKE_MMIO_READ( gpa, bytes, to, length ) \
    { .reason = KVM_EXIT_MMIO, .address = (gpa), .size = (bytes), .completion = FAKE_COMPLETE_EMULATOR, \
      .complete_skip = (length), .reg = (to) }
#define FAKE_MMIO_WRITE( gpa, bytes, data, length ) \
    { .reason = KVM_EXIT_MMIO, .address = (gpa), .size = (bytes), .value = (data), .write = 1, .skip = (length) }
#define FAKE_RDMSR( index ) \
    { .reason = KVM_EXIT_X86_RDMSR, .address = (index), .msr_reason = KVM_MSR_EXIT_REASON_FILTER, \
      .completion = FAKE_COMPLETE_MSR, .complete_skip = 2 }
#define FAKE_WRMSR( index, data ) \
    { .reason = KVM_EXIT_X86_WRMSR, .address = (index), .value = (data), .write = 1, \
      .msr_reason = KVM_MSR_EXIT_REASON_FILTER, .completion = FAKE_COMPLETE_MSR, .complete_skip = 2, \
      .reg = FAKE_NO_REG }
#define FAKE_HLT \
    { .reason = KVM_EXIT_HLT, .skip = 1 }
#define FAKE_EINTR \
    { .error = -EINTR }
#define FAKE_BLOCK \
    { .block = 1 }

/* What a vcpu's statistics consist of: one of them is an array, and one is unknown to everybody. */
#define FAKE_STATS 14
extern const char *const fake_kvm_stat_names[FAKE_STATS];
/* Value of the statistic of a name. */
extern uint64_t *fake_kvm_stat( struct fake_vcpu *vcpu, const char *name );

#define FAKE_MAX_MSRS    128
#define FAKE_MAX_SCRIPT  256

struct fake_vcpu
{
    int             fd, vm;
    unsigned int    id;
    struct kvm_run *run;        /* NULL until mapped */

    /* what KVM holds, as against what the run page shows */
    struct kvm_regs         regs;
    struct kvm_sregs        sregs;
    struct kvm_vcpu_events  events;
    struct kvm_debugregs    debugregs;
    struct kvm_xcrs         xcrs;
    struct kvm_mp_state     mp_state;
    void                  (*on_get_mp_state)( struct fake_vcpu *vcpu );     /* an INIT or SIPI takes effect then */
    struct kvm_lapic_state  lapic;
    struct kvm_guest_debug  debug;
    uint8_t                 xsave[FAKE_XSAVE_SIZE];
    struct kvm_msr_entry    msrs[FAKE_MAX_MSRS];        /* .index 0 and .reserved 0: unused */
    __u64                   hyperv_msrs[0x100];         /* from 0x40000000; with KVM_CAP_HYPERV_SYNIC only */
    struct kvm_cpuid_entry2 cpuid[256];
    unsigned int            cpuid_count;
    unsigned int            tsc_khz;
    /* MSR 0x10 shows fake_kvm_set_tsc's value, scaled to tsc_khz, and this */
    uint64_t                tsc_offset;
    uint64_t                stats[FAKE_STATS];  /* in the order of fake_kvm_stat_names */
    unsigned int            nmis;                       /* kvm_nmi */
    uint64_t                filled_gpa, filled_size;    /* kvm_pre_fault, the last one */

    /* what KVM_RUN saw */
    unsigned int            runs;       /* calls, */
    unsigned int            entries;    /* ... those that got past immediate_exit */
    uint64_t                loaded;     /* kvm_dirty_regs of the last call */
    int                     immediate;  /* immediate_exit of the last call */
    int                     entered;    /* some call has got into the guest: cpuid is final */

    struct fake_exit        script[FAKE_MAX_SCRIPT];
    unsigned int            script_first, script_count;
    struct fake_exit        pending;    /* its completion is owed */
    int                     is_pending;
    int                     runner;     /* thread inside, 0 = none */
    int                     kicked;
    unsigned int kicks;                 /* how often it was kicked */
};

struct fake_slot
{
    struct kvm_userspace_memory_region region;  /* memory_size 0: unused */
    uint64_t *dirty;
};

/* Everything closed, freed, forgotten; capabilities as at first. Returns how many fds and run pages had been left
 * open. */
extern int fake_kvm_reset( void );
/* Leak checks. */
extern int fake_kvm_open_fds( void );
extern int fake_kvm_mapped_runs( void );

/* Calls that can fail (all but kvm_close, kvm_unmap_run, kicks and thread ids), since reset or the last
 * fake_kvm_fail_*. */
extern unsigned int fake_kvm_calls( void );
/* Calls of one function, "kvm_get_regs", since reset; NULL: all. For "no GET on this path". */
extern unsigned int fake_kvm_count( const char *function );
/* The n-th call from now on (1 = the next) answers err (a -errno, or a positive errno: taken as its negative); the ones
 * after it work. n = 0: none fails. Restarts fake_kvm_calls(). So a test of "every call failing in turn" is
 *   for (n = 1; ; n++) { fake_kvm_fail_at( n, ENOMEM ); ...act...; if (fake_kvm_calls() < n) break; ...check... } */
extern void fake_kvm_fail_at( unsigned int n, int err );
/* Same, but all calls from the n-th on fail. */
extern void fake_kvm_fail_from( unsigned int n, int err );
/* All calls of one function fail until err is 0. */
extern void fake_kvm_fail_function( const char *function, int err );

/* The host's TSC of 2 GHz, which stands: at 0 after a reset. */
extern void fake_kvm_set_tsc( uint64_t tsc );
extern void fake_kvm_set_cap( unsigned int cap, int value );
/* Does OUT show RIP past the instruction, as on a KVM that emulates? For the small processor. Default 0. */
extern void fake_kvm_set_out_past( int past );
/* Does a SYSCALL stay in ring 3, where it then faults? With paging on, the small processor knows only this instruction:
 * it ends at a HLT, or in a triple fault. Default 0. */
extern void fake_kvm_set_syscall_half( int half );
/* How KVM ends the delivery of an interrupt whose table is no memory, for the small processor: the exit's number, or
 * KVM_EXIT_IO for one that executes the OUT behind it instead. Default KVM_EXIT_INTERNAL_ERROR. */
extern void fake_kvm_set_delivery( int reason );
/* Supported CPUID table: changes or adds an entry. */
extern void fake_kvm_set_cpuid( uint32_t leaf, uint32_t subleaf, uint32_t eax, uint32_t ebx, uint32_t ecx,
                                uint32_t edx );

/* vcpu of an fd, or the one with an id in the newest vm that has it (NULL if none). */
extern struct fake_vcpu *fake_kvm_vcpu( int fd );
extern struct fake_vcpu *fake_kvm_find_vcpu( unsigned int id );
/* Newest open vm, -1 if none. */
extern int fake_kvm_vm( void );
extern void fake_kvm_queue( struct fake_vcpu *vcpu, const struct fake_exit *exit );
/* How many queued exits have not been shown. */
extern unsigned int fake_kvm_left( const struct fake_vcpu *vcpu );
/* Value of an MSR, 0 if it is not known. */
extern uint64_t fake_kvm_msr( struct fake_vcpu *vcpu, uint32_t index );

/* memslots of a vm: how many, the one that holds a GPA (NULL: none), the host address behind a GPA (NULL: a hole) */
extern unsigned int fake_kvm_slot_count( int vm );
extern const struct fake_slot *fake_kvm_slot( int vm, uint64_t gpa );
extern uint8_t *fake_kvm_host( int vm, uint64_t gpa );
/* The guest writes to a page: sets the bit in its slot's log if there is one. */
extern void fake_kvm_touch( int vm, uint64_t gpa );

/* The guest writes where no memory is: signals the eventfd that waits for it. FALSE: none does, it is an exit. */
extern int fake_kvm_bus_write( int vm, uint64_t gpa, uint32_t size, uint64_t value );
/* HvCallSignalEvent. FALSE: the connection has no eventfd. */
extern int fake_kvm_hypercall( int vm, uint32_t connection );
/* How many of either there are. */
extern unsigned int fake_kvm_eventfds( int vm );

/* Messages and routes of the newest vm that got any. */
struct fake_irq
{
    unsigned int                 pins;          /* of KVM_CAP_SPLIT_IRQCHIP, as KVM keeps them: in a byte */
    uint64_t                     x2apic;        /* flags of KVM_CAP_X2APIC_API */
    struct kvm_msi               msi;           /* the last */
    unsigned int                 msi_counts[256];       /* by vector, of those that were taken; atomically */
    int                          msi_result;    /* what kvm_signal_msi answers, 1 after reset */
    unsigned int                 route_count;
    struct kvm_irq_routing_entry routes[256];
};
extern struct fake_irq fake_kvm_irq;

/* Another processor, and what hears its kicks, in place of scripts and the small one; NULL: not any more. They are
 * called without the fake's lock, and nothing counts their calls or lets them fail. */
extern void fake_kvm_replace_run( int (*run)( struct fake_vcpu *vcpu ), void (*kick)( int tid ) );

extern uint64_t *fake_kvm_gpr( struct fake_vcpu *vcpu, unsigned int index );

#endif /* __WHV_TESTS_FAKE_KVM_H */
