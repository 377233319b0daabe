/*
 * Virtual processors of x86
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
 * What a virtual processor of x86 has beside vp.h, in structures by owner: the file that is named with each of them
 * writes it, and offers functions to those who want it changed. Three things others write too: lazy sets that they
 * have fetched, syscall.stale (vm/vp.h), and entered, which run/vp_life.c clears for a new vcpu.
 * The client's view of the registers itself lives in the kvm_run page; view_x86.h is the way to it.
 * Knows KVM's structures and struct insn; knows none of the owners.
 */

#ifndef __WHV_UNIX_VM_VP_X86_H
#define __WHV_UNIX_VM_VP_X86_H

#include "host/kvm.h"
#include "insn/brief.h"
#include "insn/insn.h"
#include "memory/gva_x86.h"
#include "winhvplatformdefs.h"

struct cpuid_table;

/* Register sets that are fetched on first use after an exit and written back before the next entry. */
enum vp_lazy
{
    VP_XSAVE     = 1,
    VP_DEBUGREGS = 2,
    VP_XCRS      = 4,
    VP_CODE      = 8,           /* no set of KVM's: view_settle_code is to look at the code segment */
};

/* What KVM has in mind to do at the next KVM_RUN. */
enum pending_kind
{
    PENDING_NONE,               /* KVM's state is complete: load the client's registers if they differ, and run */
    PENDING_OUT,                /* fast OUT: KVM skips the instruction unless RIP moves */
    PENDING_IN,                 /* IN: KVM writes RAX and skips */
    PENDING_LOAD,               /* MMIO read by a plain load into a general register: KVM writes it and skips */
    PENDING_MSR,                /* RDMSR or WRMSR: KVM writes RAX:RDX or injects #GP, and skips */
    PENDING_HYPERCALL,          /* VMCALL or VMMCALL: KVM writes RAX and skips, unless RIP moves */
    PENDING_ANSWERED,           /* as PENDING_MSR, without the client: the answer is in kvm_run,
                                   all that is needed is to run on */
    PENDING_HALF,               /* a read-modify-write whose first half is in memory:
                                   the second is still to be stored */
    PENDING_OTHER,              /* anything else: only a flush is right */
};

struct pending
{
    enum pending_kind kind;
    const struct insn *insn;    /* valid for all but PENDING_NONE if insn->length is not 0: a copy, or what is
                                   remembered of a site, which then stays */
    struct insn       copy;
    const struct insn_brief *brief;     /* of a site's, for PENDING_OUT, PENDING_IN and PENDING_LOAD; else NULL */
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
    UINT8       bytes[16];      /* as many as it has, and what was there before */
    UINT64      mask[2];        /* ... and a mask of as many */
    struct insn insn;           /* length 0: empty */
    struct insn_brief brief;
};

/* Parts of the events that other vps and interrupt requests change
 * while the vp is out of the guest: KVM's are newer. */
#define REMOTE_EVENTS (KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SMM)

/* time/counters_x86.h: what KVM counts for each vcpu */
enum vp_stat
{
    VP_STAT_HALT_WAIT, VP_STAT_POLLED, VP_STAT_POLLED_IN_VAIN, VP_STAT_EXITS, VP_STAT_IO, VP_STAT_HALT,
    VP_STAT_INVLPG, VP_STAT_IRQ_WINDOW, VP_STAT_NMI_WINDOW, VP_STAT_EMULATION, VP_STAT_PF_TAKEN, VP_STAT_PF_GUEST,
    VP_STAT_HYPERCALLS, VP_STAT_INTERRUPTS,
    VP_STAT_COUNT
};

struct vp_counters
{
    UINT64 left;                        /* the host's TSC when KVM_RUN came back last: until then KVM has delivered its
                                           timers' ticks */
    UINT64 guest, own;                  /* ticks inside Run: in KVM_RUN, but not those of waiting for SIPI; and ours */
    UINT64 begun, inside;               /* of a run that is timed as a whole, else 0: since when, and how much of it
                                           in KVM_RUN */
    UINT32 runs;
    UINT64 told;                        /* TotalRuntime100ns as it was given last: it never goes back */
    int    stats_fd;                    /* KVM's statistics: kept like the vcpu, -1: not asked for yet */
    UINT32 stats_offset, stats_end;     /* where the values begin, and how many words are of use */
    UINT32 stat_place[VP_STAT_COUNT];   /* which word is whose, from 1 on; 0: this kernel has it not */
    UINT64 stat_base[VP_STAT_COUNT];    /* what the vcpu had counted when the vp was created */
};

/* A segment register in both forms, as it was shown last. */
struct shown_segment
{
    struct kvm_segment       kvm;
    WHV_X64_SEGMENT_REGISTER whv;
};

/* What decides where addresses, tables and tasks are. */
struct system_registers
{
    UINT64             cr3, cr4;
    struct kvm_dtable  gdt, idt;
    struct kvm_segment tr;
};

/* vm/view_x86.h */
struct vp_view
{
    struct kvm_regs   kvm_regs;         /* what KVM itself holds of those that are edited; what the client sees is
                                           in the kvm_run page */
    UINT32            edited;           /* general registers that may differ from KVM's: a bit for each place in
                                           kvm_regs */
    struct kvm_sregs  kvm_sregs;        /* what KVM holds, if SREGS is dirty */
    struct shown_segment shown[4];      /* by their numbers: ES, CS, SS, DS */
    UINT32            dirty;            /* KVM_SYNC_X86_* that differ from KVM's; REGS is found by comparing */
    BOOL              masked;           /* KVM holds mask in place of the client's own */
    BOOL              mask_shown;       /* ... and so does the view, for as long as an entry lasts */
    struct system_registers mask, own;
    UINT64            cr2;              /* ... and the client's CR2 is this */
};

/* vm/hidden_x86.h */
struct vp_hidden
{
    UINT8            *host;             /* NULL: none */
    UINT64            gpa;
    UINT32            slot;
};

/* intercept/intercept.h: exits that KVM does not have */
enum caught_kind
{
    CAUGHT_EXCEPTION,
    CAUGHT_RDTSC,               /* or RDTSCP; of this and those below nothing else is used */
    CAUGHT_HYPERCALL,           /* VMCALL or VMMCALL */
    CAUGHT_CPUID,
    CAUGHT_TRIPLE_FAULT,
};

/* What was found, for the exit that is to be told */
struct caught
{
    BOOL              fresh;            /* nobody has been told yet */
    enum caught_kind  kind;
    UINT8             vector;
    BOOL              has_error_code;
    UINT32            error_code;
    UINT64            parameter;        /* CR2 of a #PF, DR6 of a #DB */
};

/* intercept/peek_insn.h: what an instruction that is to be stepped over does to the step */
enum peek_kind
{
    PEEK_STEP,                  /* nothing */
    PEEK_WANTED,                /* it is one that exits */
    PEEK_PUSHES_TF,             /* PUSHF */
    PEEK_LOADS_TF,              /* POPF, IRET: the flag is the one at insn.flags */
    PEEK_INT,                   /* INT n, INT3, INTO that is taken: of insn.vector */
    PEEK_INT1,
    PEEK_REP,                   /* a string instruction, which traps behind each item */
    PEEK_SYSCALL,
    PEEK_HALT,
    PEEK_OWED,                  /* KVM completes what has exited, and executes nothing behind it */
};

struct peek_insn
{
    enum peek_kind    kind;
    enum caught_kind  caught;           /* of PEEK_WANTED */
    UINT8             length, vector;
    UINT64            flags;            /* linear address of what is loaded into RFLAGS */
};

#define PEEK_SITES 4                    /* as many as there are breakpoints */

/* intercept/peek.c */
struct vp_peek
{
    struct peek_insn  insn;             /* that the entry is at */
    UINT64            rip;              /* of it */
    BOOL              tf, tf_after;     /* the guest's own TF before and behind it; what KVM has is ours */
    UINT64            page, cr3;        /* where the guest executed last, so that there is code to be read */
    UINT32            edition;
    UINT32            budget;           /* so many steps more in search of a CPUID */
    UINT64            sites[PEEK_SITES];        /* where the last were found, linear; the first site_count of them */
    UINT32            site_count, site_next;
};

struct vp_intercept
{
    UINT32            active;           /* those that serve the entry that is under way: a bit for each */
    BOOL              cpuid_faults;     /* KVM has been told that CPUID is a #GP in ring 3 */
    /* what exit/debug.h is asked for: */
    BOOL              step;             /* single-step this entry */
    UINT32            stop_count;
    UINT64            stops[PEEK_SITES];        /* linear addresses not to be executed */
    BOOL              over;             /* RF has not helped: the one at the RIP is left out for a step */
    struct vp_peek    peek;
    struct caught     caught;
    struct kvm_segment cs, ss;          /* as entered with */
    UINT64            rflags;
    UINT32            edition;          /* of the map of the guest's memory, as of the last entry */
    UINT32            idt_count;        /* bytes of the guest's IDT that could be read then */
    UINT64            built;            /* GPA that the hidden tables are made for, or 0 */
    UINT32            place;            /* entry of the top table that leads to them */
    UINT32            tss_limit;
    UINT64            top[512];         /* the guest's top table, as it was copied */
};

/* intercept/handlers.c: breakpoints at the guest's handlers */
struct vp_handlers
{
    struct system_registers system;     /* as of the last entry */
    UINT64            cr0, cr2, wanted;
    UINT32            edition;          /* of the map of the guest's memory */
    BOOL              proven;           /* all that was read then was there */
    UINT64            served;           /* vectors whose handlers have a breakpoint, */
    UINT64            at[PEEK_SITES];   /* ... the first count of these */
    UINT32            count;
    BOOL              told;             /* the client has seen one, and nothing has run since */
    BOOL              over;             /* vp_intercept.over, for the next entry */
    BOOL              injected;         /* this event has gone in, and has not been seen at its handler: */
    UINT8             injected_vector;
    BOOL              injected_error_code;
    UINT16            injected_cs;
    UINT64            injected_rip;     /* and where it has found the guest; */
    UINT8             injected_behind;  /* ... its frame may lead so many bytes behind that */
};

/* vm/lazy_x86.h */
struct vp_lazy_sets
{
    UINT32               valid, dirty;  /* enum vp_lazy */
    struct kvm_debugregs debugregs;
    struct kvm_xcrs      xcrs;
    UINT8               *xsave;         /* host->xsave_size bytes, standard format */
};

/* registers/events_x86.h and activity_x86.h: what has no place in kvm_vcpu_events */
struct vp_events
{
    UINT64            deliverability;   /* DeliverabilityNotifications as armed */
    UINT64            pending_debug;    /* PendingDebugException as written */
    BOOL              startup;          /* waits for SIPI, as far as is known */
    BOOL              maybe_halted;     /* KVM_RUN has not come back from an instruction since it may have been HLT */
    UINT32            waiting;          /* EVENTS_* */
    UINT8             ext_int_vector;
    struct
    {
        UINT64 rip;                     /* of the instruction */
        UINT8  type, vector, length;    /* as in PendingInterruption; length 0: there is none */
        BOOL   written;                 /* by the client, and not looked at: the RIP may be written behind it */
    } software;                         /* the event of an instruction that has not been delivered: KVM has nothing of
                                           it, the instruction will be executed again */
    struct
    {
        UINT64 gpa;
        UINT32 edition;                 /* of the map of the guest's memory, as of then; */
    } refreshed;                        /* ... and where KVM was made to look again (gpa_map_refresh) */
    struct
    {
        UINT64 gate, gdt, tr, cr3, stack;
        UINT32 edition;
    } delivered;                        /* what the last interrupt was found to be deliverable with */
};

/* what waits for the next entry */
#define EVENTS_EXT_INT   1              /* an ExtInt written to PendingEvent */
#define EVENTS_DELIVERY  2              /* an event is injected, and nobody has looked whether it gets in
                                           (exit/delivery.h) */
#define EVENTS_SINTS     4              /* nobody has looked whether a message that is waited for with
                                           DeliverabilityNotifications can be posted (exit/hyperv.h) */
#define EVENTS_SREGS     8              /* the client has changed special registers, and a triple fault may lose them
                                           (run/run.c) */

/* exit/debug.h */
struct vp_debug
{
    struct kvm_guest_debug given;       /* the last KVM_SET_GUEST_DEBUG */
    struct kvm_guest_debug wanted;      /* what the next is to be, without what an interceptor adds */
    BOOL              active;           /* it is in force for the client, for a search, or for an interceptor */
    BOOL              for_client;       /* ... for one of the first two */
    UINT8             stop_bits;        /* of DR6: breakpoints of an interceptor */
    BOOL              stepping;         /* ... with single-step; TF of the client's view is kept here */
    BOOL              stepping_over;    /* ... over a breakpoint, for RF's sake */
    UINT64            handler;          /* where the breakpoint at the guest's #BP handler stands, linear */
    UINT64            entry_base;       /* of CS at the entry, and its selector */
    UINT16            entry_selector;
    UINT8             handler_slot;     /* one bit, as in DR6; 0: there is none */
    BOOL              handler_step;     /* the next entry is over it */
    UINT16            search;           /* so many steps more, to find a window that KVM runs past */
    UINT16            rest, pause;      /* so many calls of debug_search until it steps again; as it was at first */
};

/* softkvm/half_syscall.h */
struct vp_syscall
{
    BOOL              stale;            /* LSTAR was written since the breakpoint there was set */
    BOOL              step;             /* one step over the instruction at the breakpoint,
                                           which is off for that long */
    UINT64            entry;            /* LSTAR as of then, or 0 */
    UINT64            trap;             /* where the breakpoint is */
    struct kvm_dtable idt;              /* the interrupt table that it was found in */
    BOOL              look;             /* the table may have other entries by now */
};

/* time/clock_x86.h: the clocks while the time is suspended */
struct vp_clock
{
    UINT64            frozen_tsc, frozen_deadline;
    UINT32            frozen_count;     /* current count of the APIC's timer */
    UINT64            timer_given;      /* host's TSC when that timer was started from outside the guest, or created */
};

/* exit/cpuid_exits.h: CPUID exits before the first entry */
struct vp_cpuid
{
    struct cpuid_table *table;
    UINT32           *leaf, *subleaf;   /* of the exits */
    UINT32            count, next;
    BOOL              listed;           /* leaf[] has been made from the properties */
    BOOL              stale;            /* irq/apic_id_x86.h: the table is not yet KVM's */
    BOOL              open;             /* the client has been shown next and answers by registers */
    struct kvm_regs   before;
};

/* vm/tlb_x86.h */
#define TLB_SIZE 8              /* power of two */

struct tlb_entry
{
    UINT64          linear;     /* of the page */
    UINT64          cr3, mode;  /* as it was translated with: gva_mode() */
    struct gva_path path;
    UINT32          edition;    /* of the map of the guest's memory */
    BOOL            mapped;
    const UINT8    *host;       /* NULL: not mapped, or not to be read */
};

/* vm/code_x86.h */
struct vp_code
{
    struct insn_cache_entry cache[INSN_CACHE_SIZE];
    struct insn_cache_entry spare;              /* for what would take the place of the one that stays */
    const struct insn_cache_entry *stays;       /* while something is pending at it, or NULL */
    UINT8             ends[INSN_CACHE_SIZE];    /* by low bits of the end address: length of what ended there */
};

struct vp_arch
{
    struct vp_view      view;
    struct vp_lazy_sets lazy;
    struct vp_events    events;
    struct pending      pending;        /* resume/pending.h */
    UINT64              entry_linear;   /* run/run.c: where the guest was entered last: an instruction begins there */
    UINT64              watched;        /* run/watch.c: counters.left as of its last look */
    BOOL                entered;        /* ... KVM_RUN has entered the guest: the CPUID table is final */
    UINT32              apic_id;        /* irq/apic_id_x86.h: the index, unless the client has said otherwise */
    UINT32              unknown_msr;    /* exit/msr.h: the last one that was found to be unknown; what decides it is
                                           final when a vcpu is entered. 0 is unknown, too */
    struct vp_debug     debug;
    struct vp_syscall   syscall;
    struct vp_counters  counters;
    struct vp_clock     clock;
    struct vp_cpuid     cpuid;
    struct vp_hidden    hidden;
    struct vp_intercept intercept;
    struct vp_handlers  handlers;
    struct tlb_entry    tlb[TLB_SIZE];
    struct vp_code      code;
};

#endif /* __WHV_UNIX_VM_VP_X86_H */
