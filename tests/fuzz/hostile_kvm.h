/*
 * A hostile KVM
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
 * KVM_RUN of an input's making: it exits for whatever reason and shows any registers, as far as the kernel's interface
 * allows; and often enough does what the instruction at the RIP would really have done (hostile_insn.c).
 * What it owes at the next KVM_RUN it finishes as the kernel does, and checks there that what it is entered with is
 * what the client had left, and that memory is as it was.
 * It knows fake_kvm.h and guest.h, of the rooms insn.h and the walker. One vp in one partition.
 */

#ifndef __TESTS_FUZZ_HOSTILE_KVM_H
#define __TESTS_FUZZ_HOSTILE_KVM_H

#include "fake_kvm.h"
#include "fuzz.h"
#include "guest.h"
#include "host/host.h"
#include "host/kvm.h"
#include "insn/insn.h"

#define HOSTILE_MAX_ENTRIES 64  /* into the guest, of one vp_run: then an exit that always goes to the client */

enum hostile_owed
{
    OWED_NOTHING,
    OWED_LOAD,                  /* the register of a plain load, from mmio.data */
    OWED_PORT_IN,               /* rAX, from the data */
    OWED_SKIP,                  /* RIP to end, if it has not been moved */
    OWED_MSR,
    OWED_FRAGMENTS,             /* nothing but, perhaps, the rest of a write */
    OWED_ANYTHING,              /* nobody knows: registers and the destination in memory get some value */
};

struct hostile
{
    enum hostile_owed owed;
    struct insn       insn;     /* length 0: unknown */
    UINT64            end;      /* RIP behind it */
    struct kvm_sregs  sregs;    /* as of then */
    UINT32            size;
    BOOL              write;
    BOOL              reads;    /* what is owed may ask for more */
    UINT32            runs, entries;
    BOOL              stubborn; /* fragments without end */
    BOOL              failing;  /* some KVM calls fail */
    BOOL              rehearsing;       /* KVM_RUN is called for a copy of the vp: there is nothing to be finished */
    UINT32            edition;  /* of the guest's memory map, when KVM_RUN came back last */
    BOOL              expected; /* view and memory are what the next entry must find */
    struct kvm_regs   view;     /* from here on not cleared for each input */
    UINT8             memory[GUEST_MEMORY];
    struct
    {
        UINT64 gpa;
        UINT32 size;
        BOOL   is_write, honest;
        UINT8  data[8];
    } shown;
    BOOL              exact;    /* the exit must show these registers, but for the status flags: */
    struct kvm_regs   before;

    /* the target's, set before the first run */
    struct fuzz_input *input;
    struct guest      guest;
    struct host      *host;
    void            (*interrupt)( void );       /* in the guest: somebody may want the vp */
};

extern struct hostile hostile;

/* For fake_kvm_replace_run. */
extern int hostile_run_vcpu( struct fake_vcpu *vcpu );

/* ---- check_ways.c ---- */

/* KVM_RUN is about to come back: does the straight way (exit/straight.h), if it takes this exit, make of it what the
 * general way does? Both are tried on a copy of the vp. */
extern void check_ways( void );

/* ---- hostile_insn.c ---- */

extern enum insn_mode hostile_mode( const struct fake_vcpu *vcpu );
extern UINT64 hostile_linear( const struct fake_vcpu *vcpu, const struct kvm_sregs *sregs, UINT8 segment,
                              UINT64 offset );
/* Instruction at an offset in CS, by KVM's registers. FALSE: none, and its length is 0. */
extern BOOL hostile_decode( const struct fake_vcpu *vcpu, UINT64 rip, struct insn *insn );
extern UINT64 hostile_rip_behind( const struct fake_vcpu *vcpu, const struct insn *insn );
/* The low bytes of a value. */
extern UINT64 hostile_cut( UINT64 value, UINT32 size );
extern void hostile_show_mmio( struct fake_vcpu *vcpu, UINT64 gpa, UINT32 size, BOOL write, const void *data );
extern void hostile_show_port( struct fake_vcpu *vcpu, UINT16 port, UINT32 size, UINT32 count, BOOL write );
extern BOOL hostile_is_plain_load( const struct insn *insn );
/* FALSE: it lies on two pages. */
extern BOOL hostile_load_address( const struct fake_vcpu *vcpu, const struct insn *insn, UINT64 *gva, UINT32 *size );
/* The guest is at a breakpoint that KVM was given, whatever is on its stack. FALSE: it was given none. */
extern BOOL hostile_breakpoint( struct fake_vcpu *vcpu );
/* What the instruction at the RIP does, if it is one of those that are simple: then KVM's own way of reporting it. */
extern BOOL hostile_execute( struct fake_vcpu *vcpu );

#endif /* __TESTS_FUZZ_HOSTILE_KVM_H */
