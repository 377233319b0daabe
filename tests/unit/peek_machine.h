/*
 * For tests of peeking: a processor that is stepped
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
 * A machine whose client wants CPUID to exit, with code to step through; exits of the fake KVM that look at what a step
 * goes in with, and show what KVM shows behind it. Knows machine.h and the fake. Included once by each test program.
 */

#ifndef __WHV_TESTS_PEEK_MACHINE_H
#define __WHV_TESTS_PEEK_MACHINE_H

#include <errno.h>

#include "host/array.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "intercept/peek.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define CPUID_EXIT      0x01
#define EXCEPTION_EXIT  0x04
#define RDTSC_EXIT      0x08
#define HYPERCALL_EXIT  0x20

#define HANDLER         0x2000
#define IDT             0x4000

static UINT8 code[16];
static UINT32 debug_calls;

static inline void want( UINT64 exits )
{
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, exits ), S_OK );
}

static inline int setup( void **state )
{
    if (machine_setup( state )) return -1;
    want( CPUID_EXIT );
    debug_calls = fake_kvm_count( "kvm_set_guest_debug" );
    return 0;
}

static inline void set_breakpoints( BOOL work )
{
    ((struct host *)machine.partition->host)->breakpoints = work;
}

#define PUT( bytes ) put( bytes, sizeof(bytes) - 1 )
static inline void put( const char *bytes, UINT32 count )
{
    memset( code, 0x90, sizeof(code) );
    memcpy( code, bytes, count );
    machine_code( CODE, code, sizeof(code) );
    machine_regs()->rip = CODE;
}

/* ---- a processor that is stepped ---- */

static inline void check_stepped( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_true( vcpu->regs.rflags & RFLAGS_TF );
    assert_true( vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
}

static inline void show_step( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    void (*more)( struct fake_vcpu *vcpu ) = exit->arg;

    if (more) more( vcpu );
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.pc = vcpu->regs.rip;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | DR6_BS;
    vcpu->run->debug.arch.dr7 = 0x400;
    vcpu->regs.rflags &= ~RFLAGS_TF;            /* KVM hides it */
}

static inline void queue_step( UINT32 length, void (*more)( struct fake_vcpu *vcpu ) )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .skip = length, .on_entry = check_stepped,
                                       .on_exit = show_step, .arg = more } );
}

/* The breakpoint in DR0, which no step goes with. */
static inline void check_stop( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    assert_false( vcpu->regs.rflags & RFLAGS_TF );
    assert_int_equal( vcpu->debug.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP );
    assert_int_equal( vcpu->debug.arch.debugreg[7] & 0xf0003, 1 );
    exit->value = vcpu->debug.arch.debugreg[0];
    if (exit->address) assert_int_equal( exit->value, exit->address );
}

static inline void show_stop( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rip = exit->value;
    memset( &vcpu->events.interrupt, 0, sizeof(vcpu->events.interrupt) );
    vcpu->run->debug.arch.exception = 1;
    vcpu->run->debug.arch.dr6 = 0xffff0ff0 | 1;
}

static inline void queue_stop( UINT64 at )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_DEBUG, .address = at, .on_entry = check_stop,
                                       .on_exit = show_stop } );
}

static inline void check_free( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    assert_false( vcpu->regs.rflags & RFLAGS_TF );
    assert_false( vcpu->debug.control & KVM_GUESTDBG_SINGLESTEP );
}

static inline void check_cpuid( UINT64 rip, UINT32 leaf )
{
    machine_check_exit( WHvRunVpExitReasonX64Cpuid, rip, 2 );
    assert_int_equal( machine.exit.CpuidAccess.Rax, leaf );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
}

static inline void expect_cpuid( UINT64 rip, UINT32 leaf )
{
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Cpuid );
    check_cpuid( rip, leaf );
}

#endif /* __WHV_TESTS_PEEK_MACHINE_H */
