/*
 * A machine on the fake KVM
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
 * For tests of the rooms above kvm.h: one partition with memory and one vp, in any mode, on the fake KVM.
 * Knows the partition's and the vp's functions, not their insides, but for the pointers that it hands out.
 * Registers are set in the client's view as a client would, or by the API's names.
 * Every asserting helper ends the test like any other assertion.
 */

#ifndef __WHV_TESTS_MACHINE_H
#define __WHV_TESTS_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_kvm.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "vm/partition.h"
#include "vm/vp.h"

/* The guest-physical map. Code, stack and data of the tests are in RAM; nothing is at DEVICE. */
#define RAM_SIZE     0x10000
#define ROM          0x20000
#define ROM_SIZE     0x1000
#define DEVICE       0xd0000
#define CODE         0x1000
#define DATA         0x3000
#define STACK        0x8000
#define TABLES       0xa000             /* four pages for machine_paging */
#define PAGED        0x400000           /* GVA of the 2 MiB that it maps */

enum gpr { R8 = 8, R9, R10, R11, R12, R13, R14, R15 };

#define FLAG_ZF 0x40ull
#define FLAG_IF 0x200ull
#define FLAG_DF 0x400ull
#define FLAG_RF 0x10000ull

struct machine
{
    WHV_PARTITION_HANDLE handle;
    struct partition    *partition;
    struct vp           *vp;            /* index 0 */
    struct fake_vcpu    *vcpu;
    UINT8               *memory;        /* RAM, then ROM */
    WHV_RUN_VP_EXIT_CONTEXT exit;       /* of machine_run */
    struct kvm_regs       entered;      /* as the processor was entered with, by machine_note_entry */
    struct kvm_vcpu_events entered_events;
};

extern struct machine machine;

/* cmocka's: a fake KVM that knows of nothing, its failures untold; for tests that make a host by themselves. */
extern int machine_fake_setup( void **state );
/* cmocka's: no partition, for tests that make it. */
extern int machine_no_setup( void **state );
/* cmocka's: the host once per program, a 64-bit machine per test, and the proof that nothing was left open. */
extern int machine_group_setup( void **state );
extern int machine_setup( void **state );
extern int machine_teardown( void **state );
/* How many real fds the program has open, eventfds among them. */
extern int machine_open_fds( void );

/* Steps of machine_setup, for tests that want something between them. */
extern HRESULT machine_set_property( UINT32 code, UINT64 value );
extern void machine_create( UINT32 processors );
extern HRESULT machine_map( void *source, UINT64 gpa, UINT64 size, UINT32 flags );
extern void machine_map_memory( void );
extern void machine_create_vp( void );
/* All of them, with an APIC for each vp. mode: one of WHV_X64_LOCAL_APIC_EMULATION_MODE. */
extern void machine_create_apic( UINT32 processors, UINT32 mode );

/* Is the fake's KVM one that shows RIP behind OUT? Put back by machine_setup. */
extern void machine_out_past( BOOL past );
/* ... in one mode, and not in another; until the next machine_out_past */
extern void machine_out_varies( void );

/* Flat segments (16-bit: cs and ss at 0, fs and ds at 0 too, es at DEVICE, gs at ROM), no paging, CPL 0; and registers
 * of their own value each: RBX = DEVICE, RSP = STACK, RSI = DATA, RDI = DEVICE + 0x100, RCX = 16. RIP = CODE. */
extern void machine_mode( enum insn_mode mode );
/* 4-level paging on; the page at gva (in PAGED's 2 MiB) is the one at gpa, or not present for ~0. */
extern void machine_page( UINT64 gva, UINT64 gpa );

/* The client's view. */
/* To be edited, or read; after it a completion is not found briefly (resume/complete.h): who wants that reads
 * view_regs(). */
extern struct kvm_regs *machine_regs( void );
extern UINT64 machine_gpr( UINT32 reg );
extern void machine_set_gpr( UINT32 reg, UINT64 value );
extern void machine_code( UINT64 at, const void *bytes, UINT32 count );

/* 64-bit registers of the vp at index by the API's names; both assert S_OK. */
extern UINT64 machine_get( UINT32 index, UINT32 name );
extern void machine_set( UINT32 index, UINT32 name, UINT64 value );

/* A register of KVM's local APIC of the vcpu with that id; offset: its place in the page, 16 for each. */
extern UINT32 machine_lapic( UINT32 id, UINT32 offset );
extern void machine_set_lapic( UINT32 id, UINT32 offset, UINT32 value );

extern void machine_queue( struct fake_exit exit );
/* vp_run into machine.exit; asserts S_OK and returns the exit reason. */
extern UINT32 machine_run( void );
/* The same with this exit queued before. */
extern UINT32 machine_run_to( struct fake_exit exit );
/* Runs to a HLT that is queued with machine_note_entry: the processor is entered with the client's registers. Returns
 * the calls of KVM that it took; name: of the instruction, for the message. */
extern UINT32 machine_finish( const char *name );
/* For on_entry of an exit: keeps what the processor is entered with in machine.entered and entered_events. */
extern void machine_note_entry( struct fake_vcpu *vcpu, struct fake_exit *exit );
/* The part that all exits have is the client's view, with this reason, RIP and instruction length. */
extern void machine_check_exit( UINT32 reason, UINT64 rip, UINT8 length );

#endif /* __WHV_TESTS_MACHINE_H */
