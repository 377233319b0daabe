/*
 * Virtual processors
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
 * One virtual processor: its thread, its latch, its view of the registers, the run loop.
 * The client's view of the registers lives in the kvm_run page (run->s.regs), edited in place; dirty bits carry it to
 * KVM.
 * Knows kvm.h, exits.h, complete.h, regs.h; is known by the API's entry points.
 * The lock is held while a vp is looked at or changed, never across KVM_RUN. One KVM_RUN per exit, no other system
 * call.
 */

#ifndef __WHV_UNIX_VM_VP_H
#define __WHV_UNIX_VM_VP_H

#include <pthread.h>

#include "host/kvm.h"
#include "insn/insn.h"
#include "vm/partition.h"
#include "winhvplatformdefs.h"

struct cpuid_table;

/* Register sets that are fetched on first use after an exit and written back before the next entry. */
enum vp_lazy
{
    VP_XSAVE     = 1,
    VP_DEBUGREGS = 2,
    VP_XCRS      = 4,
};

/* What KVM has in mind to do at the next KVM_RUN (design section 4). */
enum pending_kind
{
    PENDING_NONE,               /* KVM's state is complete: load the client's registers if they differ, and run */
    PENDING_OUT,                /* fast OUT: KVM skips the instruction unless RIP moves */
    PENDING_IN,                 /* IN: KVM writes RAX and skips */
    PENDING_LOAD,               /* MMIO read by a plain load into a general register: KVM writes it and skips */
    PENDING_MSR,                /* RDMSR or WRMSR: KVM writes RAX:RDX or injects #GP, and skips */
    PENDING_ANSWERED,           /* same, without the client: the answer is in kvm_run, all that is needed is to run on */
    PENDING_HALF,               /* a read-modify-write whose first half is in memory: the second is still to be stored */
    PENDING_OTHER,              /* anything else: only a flush is right */
};

struct pending
{
    enum pending_kind kind;
    struct insn       insn;     /* valid for all but PENDING_NONE if insn.length is not 0 */
    UINT64            start;    /* RIP of the instruction */
    UINT64            end;      /* RIP behind it, as KVM's completion sets it */

    /* PENDING_HALF: what KVM would have stored, and the registers that the client has been shown */
    UINT64            gva, gpa;
    UINT32            size;
    UINT8             data[8];
    struct kvm_regs   shown;
};

#define INSN_CACHE_SIZE 32      /* power of two */

/* Decoding costs as much as a hardware exit: remember what stood where, checked against the bytes each time. */
struct insn_cache_entry
{
    UINT64      linear;         /* of the first byte */
    UINT8       bytes[INSN_MAX_LENGTH];
    struct insn insn;           /* length 0: empty */
};

/* Parts of the events that other vps and interrupt requests change while the vp is out of the guest: KVM's are newer. */
#define REMOTE_EVENTS (KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SMM)

/* counters_x86.c */
enum vp_stat
{
    VP_STAT_HALT_WAIT, VP_STAT_POLLED, VP_STAT_POLLED_IN_VAIN, VP_STAT_EXITS, VP_STAT_IO, VP_STAT_HALT, VP_STAT_INVLPG, VP_STAT_IRQ_WINDOW, VP_STAT_NMI_WINDOW,
    VP_STAT_EMULATION, VP_STAT_PF_TAKEN, VP_STAT_PF_GUEST, VP_STAT_HYPERCALLS, VP_STAT_INTERRUPTS,
    VP_STAT_COUNT
};

struct vp_counters
{
    UINT64 left;                        /* the host's TSC when KVM_RUN came back last: until then KVM has delivered its timers' ticks */
    UINT64 guest, own;                  /* ticks inside Run: in KVM_RUN, but not those of waiting for SIPI; and in our hands */
    UINT64 begun, inside;               /* of a run that is timed as a whole, else 0: since when, and how much of it in KVM_RUN */
    UINT32 runs;
    int    stats_fd;                    /* KVM's statistics: kept like the vcpu, -1: not asked for yet */
    UINT32 stats_offset, stats_end;     /* where the values begin, and how many words are of use */
    UINT32 stat_place[VP_STAT_COUNT];   /* which word is whose, from 1 on; 0: this kernel has it not */
    UINT64 stat_base[VP_STAT_COUNT];    /* what the vcpu had counted when the vp was created */
};

struct vp
{
    /* constant while it exists */
    struct partition *partition;
    UINT32            index;
    int               fd;               /* kept over deletion: KVM can neither delete nor create again a vcpu id */
    struct kvm_run   *run;

    pthread_mutex_t   lock;
    pthread_cond_t    left;             /* the guest was left: for vp_stop */
    pthread_cond_t    resumed;          /* the last stopper went: for the runner */
    BOOL              exists;
    int               runner;           /* thread id inside vp_run, 0 = none */
    BOOL              in_guest;         /* between unlock and lock around KVM_RUN */
    UINT32            stoppers;         /* threads that want the vp out of the guest */
    BOOL              cancel;           /* the latch: sticky, consumed by one Canceled exit */
    struct kvm_kick_timer *poll;        /* while a window is waited for that KVM does not tell of */

    /* registers */
    struct kvm_regs   kvm_regs;         /* what KVM itself holds; run->s.regs.regs is what the client sees */
    struct kvm_sregs  kvm_sregs;        /* same, as of an exit that left something pending */
    UINT32            dirty;            /* KVM_SYNC_X86_* that differ from KVM's; REGS is found by comparing */
    UINT32            lazy_valid, lazy_dirty;       /* enum vp_lazy */
    struct kvm_debugregs debugregs;
    struct kvm_xcrs      xcrs;
    UINT8               *xsave;         /* host->xsave_size bytes, standard format */

    /* events: what has no place in kvm_vcpu_events */
    UINT64            deliverability;   /* DeliverabilityNotifications as armed */
    UINT64            pending_debug;    /* PendingDebugException as written */
    struct kvm_guest_debug debug_given; /* the last KVM_SET_GUEST_DEBUG */
    BOOL              debug_active;     /* it is in force for the client */
    BOOL              startup;          /* waits for SIPI, as far as is known */
    BOOL              maybe_halted;     /* KVM_RUN has not come back from an instruction since it may have been HLT */
    BOOL              stepping;         /* ... with single-step; TF of the client's view is kept here */
    BOOL              stepping_over;    /* ... over a breakpoint, for RF's sake */
    BOOL              syscall_stale;    /* LSTAR was written since the breakpoint there was set (syscall_x86.c) */
    BOOL              syscall_step;     /* one step over the instruction at the breakpoint, which is off for that long */
    UINT64            syscall_entry;    /* LSTAR as of then, or 0 */
    UINT64            syscall_trap;     /* where the breakpoint is */
    struct kvm_dtable syscall_idt;      /* the interrupt table that it was found in */
    BOOL              syscall_look;     /* the table may have other entries by now */

    struct vp_counters counters;

    /* the clocks while the time is suspended (clock_x86.c) */
    UINT64            frozen_tsc, frozen_deadline;
    UINT32            frozen_count;     /* current count of the APIC's timer */
    UINT64            timer_given;      /* host's TSC when that timer was started from outside the guest, or created */

    struct pending    pending;
    UINT64            entry_linear;     /* where the guest was entered last: an instruction begins there */
    BOOL              entered;          /* KVM_RUN has entered the guest: the CPUID table is final */

    /* CPUID exits before the first entry (cpuid_exits.c) */
    struct cpuid_table *cpuid;
    UINT32           *exit_leaf, *exit_subleaf;
    UINT32            exit_count, exit_next;
    BOOL              exits_listed;     /* exit_leaf[] has been made from the properties */
    BOOL              exit_open;        /* the client has been shown exit_next and answers by registers */
    struct kvm_regs   exit_before;

    struct insn_cache_entry insn_cache[INSN_CACHE_SIZE];
    UINT8             insn_ends[INSN_CACHE_SIZE];   /* by low bits of the end address: length of what ended there */
    WHV_RUN_VP_EXIT_CONTEXT *exit;      /* the runner's own, copied to the caller's memory when nothing is held */
};

/* LSTAR was or may have been written: the breakpoint is set anew before the next entry. */
static inline void syscall_stale( struct vp *vp )
{
    vp->syscall_stale = vp->partition->host && vp->partition->host->syscall_half;
}

#endif /* __WHV_UNIX_VM_VP_H */
