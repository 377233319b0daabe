/*
 * What KVM leaves, and what the client is shown
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

#include <errno.h>
#include <sys/mman.h>

#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define REGISTERS_BEFORE() struct kvm_regs before = *machine_regs()

static void test_context( void **state )
{
    struct kvm_sync_regs *view = &machine.vp->run->s.regs;
    UINT32 mode;

    (void)state;
    for (mode = INSN_MODE_16; mode <= INSN_MODE_64; mode++)
    {
        machine_mode( mode );
        machine_run_to( (struct fake_exit)FAKE_HLT );
        machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 1, 0 );
        assert_int_equal( machine.exit.VpContext.ExecutionState.Cpl, 0 );
    }
    view->sregs.ss.dpl = 3;
    view->sregs.cr0 |= 0x40000;
    view->sregs.cr8 = 5;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
    machine_run_to( (struct fake_exit)FAKE_HLT );
    machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 2, 0 );
    assert_int_equal( machine.exit.VpContext.ExecutionState.Cpl, 3 );
    assert_int_equal( machine.exit.VpContext.ExecutionState.Cr0Am, 1 );
    assert_int_equal( machine.exit.VpContext.Cr8, 5 );
    assert_int_equal( machine.vcpu->sregs.cr8, 5 );
    /* virtual 8086 mode */
    machine_mode( INSN_MODE_32 );
    machine_regs()->rflags |= 0x20000;
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.VpContext.ExecutionState.Cpl, 3 );
    machine_regs()->rflags = 2;
    view->events.interrupt.shadow = 1;
    view->events.interrupt.injected = 1;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    machine_run_to( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine.exit.VpContext.ExecutionState.InterruptShadow, 1 );
    assert_int_equal( machine.exit.VpContext.ExecutionState.InterruptionPending, 1 );
}

static void check_bytes( const UINT8 *bytes, UINT8 count, const char *code, UINT8 length )
{
    assert_in_range( count, length, 16 );
    assert_memory_equal( bytes, code, length );
}

static void test_memory( void **state )
{
    const WHV_MEMORY_ACCESS_CONTEXT *access = &machine.exit.MemoryAccess;

    (void)state;
    REGISTERS_BEFORE();
    machine_code( CODE, "\x89\x03\x8b\x03", 4 );
    machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE, 4, 0x44332211, 2 ) );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, CODE, 0 );
    assert_memory_equal( machine_regs(), &before, sizeof(before) );
    check_bytes( access->InstructionBytes, access->InstructionByteCount, "\x89\x03", 2 );
    assert_int_equal( access->AccessInfo.AccessType, WHvMemoryAccessWrite );
    assert_int_equal( access->AccessInfo.GpaUnmapped, 1 );
    assert_int_equal( access->AccessInfo.GvaValid, 1 );
    assert_int_equal( access->Gpa, DEVICE );
    assert_int_equal( access->Gva, DEVICE );

    machine_regs()->rip = CODE + 2;
    machine_run_to( (struct fake_exit)FAKE_MMIO_READ( DEVICE, 4, RAX, 2 ) );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, CODE + 2, 0 );
    check_bytes( access->InstructionBytes, access->InstructionByteCount, "\x8b\x03", 2 );
    assert_int_equal( access->AccessInfo.AccessType, WHvMemoryAccessRead );

    /* read-only memory; paging on; a GVA of its own */
    machine_page( PAGED, CODE & ~0xfffull );
    machine_page( PAGED + 0x1000, ROM );
    machine_set_gpr( RBX, PAGED + 0x1008 );
    machine_regs()->rip = PAGED + (CODE & 0xfff);
    machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( ROM + 8, 4, 0x44332211, 2 ) );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, PAGED, 0 );
    assert_int_equal( access->AccessInfo.GpaUnmapped, 0 );
    assert_int_equal( access->Gpa, ROM + 8 );
    assert_int_equal( access->Gva, PAGED + 0x1008 );

    /* nobody knows who has written this: the client may go by the address */
    machine_mode( INSN_MODE_64 );
    machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE + 0x50, 4, 0x99, 0 ) );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, CODE, 0 );
    assert_int_equal( access->InstructionByteCount, 0 );
    assert_int_equal( access->AccessInfo.GvaValid, 0 );
    assert_int_equal( access->Gva, 0 );
    assert_int_equal( access->Gpa, DEVICE + 0x50 );
    machine_regs()->rip = 0x50000;
    machine_run_to( (struct fake_exit)FAKE_MMIO_READ( DEVICE, 4, RAX, 2 ) );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, 0x50000, 0 );
    assert_int_equal( access->InstructionByteCount, 0 );
    /* a KVM that lies about the length */
    machine_mode( INSN_MODE_64 );
    machine_run_to( (struct fake_exit)FAKE_MMIO_WRITE( DEVICE, 200, 0x11, 2 ) );
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonMemoryAccess );
}

static void test_string_write( void **state )
{
    struct fake_exit exit = FAKE_MMIO_WRITE( DEVICE + 0x100, 4, 0x44332211, 0 );

    (void)state;
    REGISTERS_BEFORE();
    machine_code( CODE, "\xf3\xab", 2 );
    machine_regs()->rdi += 4;
    machine_regs()->rcx--;
    machine_regs()->rflags |= FLAG_RF;
    machine_run_to( exit );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, CODE, 0 );
    assert_memory_equal( machine_regs(), &before, sizeof(before) );
}

static void test_ports( void **state )
{
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &machine.exit.IoPortAccess;
    UINT32 past;

    (void)state;
    for (past = 0; past < 2; past++)
    {
        machine_out_past( past );
        machine_mode( INSN_MODE_64 );
        machine_set_gpr( RDX, 0x3f8 );
        machine_code( CODE, "\x66\xef\xe4\x60\x6e\xf3\x6d", 7 );

        if (past) machine_run_to( (struct fake_exit)FAKE_EMULATED_OUT( 0x3f8, 2, 0x2211, 2 ) );
        else machine_run_to( (struct fake_exit)FAKE_FAST_OUT( 0x3f8, 2, 0x2211, 2 ) );
        machine_check_exit( WHvRunVpExitReasonX64IoPortAccess, CODE, 2 );
        check_bytes( io->InstructionBytes, io->InstructionByteCount, "\x66\xef", 2 );
        assert_int_equal( io->AccessInfo.AsUINT32, 1 | 2 << 1 );
        assert_int_equal( io->PortNumber, 0x3f8 );
        assert_int_equal( io->Rax, 0x8877665544332211 );
        assert_int_equal( io->Rcx, 16 );
        assert_int_equal( io->Rsi, DATA );
        assert_int_equal( io->Rdi, DEVICE + 0x100 );
        assert_int_equal( io->Ds.Selector, 0x20 );
        assert_int_equal( io->Es.Selector, 8 );

        machine_regs()->rip = CODE + 2;
        machine_run_to( (struct fake_exit)FAKE_EMULATED_IN( 0x60, 1, 2 ) );
        machine_check_exit( WHvRunVpExitReasonX64IoPortAccess, CODE + 2, 2 );
        assert_int_equal( io->AccessInfo.AsUINT32, 1 << 1 );

        machine_regs()->rip = CODE + 4;
        machine.memory[DATA] = 0x77;
        machine.vcpu->regs.rsi = DATA;
        machine_regs()->rsi = DATA + 1;     /* KVM has moved it */
        machine_run_to( (struct fake_exit)FAKE_EMULATED_OUT( 0x3f8, 1, 0x77, 1 ) );
        machine_check_exit( WHvRunVpExitReasonX64IoPortAccess, CODE + 4, 1 );
        assert_int_equal( io->AccessInfo.AsUINT32, 1 | 1 << 1 | 1 << 4 );
        assert_int_equal( io->Rsi, DATA );

        machine_regs()->rip = CODE + 5;
        machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_IO, .address = 0x3f8, .size = 4, .count = 16 } );
        machine_check_exit( WHvRunVpExitReasonX64IoPortAccess, CODE + 5, 2 );
        assert_int_equal( io->AccessInfo.AsUINT32, 4 << 1 | 1 << 4 | 1 << 5 );
        assert_int_equal( io->Rcx, 16 );

        /* from nowhere */
        machine_mode( INSN_MODE_64 );
        machine_regs()->rip = 0x4000;
        machine_run_to( (struct fake_exit)FAKE_FAST_OUT( 0x3f8, 2, 0x2211, 2 ) );
        machine_check_exit( WHvRunVpExitReasonX64IoPortAccess, 0x4000, 0 );
        assert_int_equal( io->InstructionByteCount, 0 );
        machine_run_to( (struct fake_exit)FAKE_FAST_IN( 0x3f8, 2, 2 ) );
        machine_check_exit( WHvRunVpExitReasonX64IoPortAccess, 0x4000, 0 );
    }
}

/* ---- what KVM can't do ---- */

static void internal( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->run->internal.suberror = *(UINT32 *)exit->arg;
    vcpu->run->internal.ndata = 0;
}

static void run_internal( UINT32 suberror )
{
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = internal, .arg = &suberror } );
}

static void check_access( UINT32 type, UINT64 gpa, BOOL unmapped, UINT32 count )
{
    const WHV_MEMORY_ACCESS_CONTEXT *access = &machine.exit.MemoryAccess;

    assert_int_equal( access->AccessInfo.AccessType, type );
    assert_int_equal( access->Gpa, gpa );
    assert_int_equal( access->AccessInfo.GpaUnmapped, unmapped );
    if (!count) assert_int_equal( access->InstructionByteCount, 0 );
    else assert_in_range( access->InstructionByteCount, count, 16 );
}

/* The guest's CPUID has this in EBX. */
static void offer( UINT32 leaf, UINT32 ebx )
{
    struct kvm_cpuid_entry2 *entry = &machine.vp->arch.cpuid.table->head.entries[0];

    memset( entry, 0, sizeof(*entry) );
    entry->function = leaf;
    entry->ebx = ebx;
}

static void test_internal_error( void **state )
{
    (void)state;
    /* a fetch from a hole, and one that begins in memory */
    machine_regs()->rip = 0x50000;
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, 0x50000, 0 );
    check_access( WHvMemoryAccessExecute, 0x50000, 1, 0 );
    machine_code( RAM_SIZE - 1, "\x89", 1 );
    machine_regs()->rip = RAM_SIZE - 1;
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, RAM_SIZE - 1, 0 );
    check_access( WHvMemoryAccessExecute, RAM_SIZE, 1, 1 );

    /* AVX, x87 and the stack at the device */
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, "\xc5\xfe\x6f\x03", 4 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, CODE, 0 );
    check_access( WHvMemoryAccessRead, DEVICE, 1, 4 );
    machine_code( CODE, "\xc5\xfe\x7f\x03", 4 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    check_access( WHvMemoryAccessWrite, DEVICE, 1, 4 );
    machine_set_gpr( RBX, ROM );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    check_access( WHvMemoryAccessWrite, ROM, 0, 4 );
    /* the second page of an operand */
    machine_set_gpr( RBX, RAM_SIZE - 8 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    check_access( WHvMemoryAccessWrite, RAM_SIZE, 1, 4 );
    machine_code( CODE, "\xff\x33", 2 );
    machine_set_gpr( RBX, DATA );
    machine_set_gpr( RSP, DEVICE + 8 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    check_access( WHvMemoryAccessWrite, DEVICE, 1, 2 );
    machine_code( CODE, "\x58", 1 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    check_access( WHvMemoryAccessRead, DEVICE + 8, 1, 1 );
    machine_code( CODE, "\xa4", 1 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    check_access( WHvMemoryAccessWrite, DEVICE + 0x100, 1, 1 );

    /* nothing is wrong with its operands: KVM lacks the instruction, and so do we */
    machine_mode( INSN_MODE_64 );
    machine_set_gpr( RBX, DATA );
    offer( 7, 1 << 16 );
    machine_code( CODE, "\x62\xf1\x74\x48\x58\x03", 6 );      /* vaddps zmm0, zmm1, [rbx]: nor have we */
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    assert_int_equal( machine.exit.UnsupportedFeature.FeatureCode, WHvUnsupportedFeatureIntercept );
    assert_int_equal( machine.exit.UnsupportedFeature.FeatureParameter & 0xffffffff, 0x4874f162 );
    run_internal( KVM_INTERNAL_ERROR_DELIVERY_EV );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_UNKNOWN } );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_EXCEPTION } );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    machine_run_to( (struct fake_exit){ .reason = 12345 } );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
}

/* What no processor has is the guest's own affair. */
static void test_undefined( void **state )
{
    static const char * const codes[] = { "\x0f\x0b", "\x06\x90", "\x0f\xff\xc0" };
    UINT32 i, suberror = KVM_INTERNAL_ERROR_EMULATION;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        machine_mode( INSN_MODE_64 );
        memset( machine.memory + CODE, 0x90, 32 );
        machine_code( CODE, codes[i], strlen( codes[i] ));
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = internal, .arg = &suberror } );
        machine_run_to( (struct fake_exit)FAKE_HLT );
        machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 1, 0 );
        assert_int_equal( machine.vcpu->events.exception.injected, 1 );
        assert_int_equal( machine.vcpu->events.exception.nr, 6 );
        assert_int_equal( machine.vcpu->events.exception.has_error_code, 0 );
        machine.vp->run->s.regs.events.exception.injected = 0;
        machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    }
}

/* Nor is what the guest's CPUID does not have, and KVM neither. */
static void test_not_offered( void **state )
{
    static const char * const codes[] =
    {
        "\x0f\x01\xfd",                /* rdpru */
        "\x0f\x01\xfa",                /* monitorx */
        "\x0f\x01\xd8",                /* vmrun */
        "\x62\xf1\x7c\x48\x58\xc0",   /* vaddps zmm0,zmm0,zmm0 */
    };
    UINT32 i, suberror = KVM_INTERNAL_ERROR_EMULATION;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        machine_mode( INSN_MODE_64 );
        machine_code( CODE, codes[i], strlen( codes[i] ));
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_INTERNAL_ERROR, .on_exit = internal, .arg = &suberror } );
        machine_run_to( (struct fake_exit)FAKE_HLT );
        assert_int_equal( machine.vcpu->events.exception.nr, 6 );
        assert_int_equal( machine.vcpu->events.exception.injected, 1 );
        machine.vp->run->s.regs.events.exception.injected = 0;
        machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    }
    /* what it has and nobody can execute is told */
    offer( 0x80000008, 1 << 4 );
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, codes[0], 3 );
    run_internal( KVM_INTERNAL_ERROR_EMULATION );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
}

/* Host pages that the guest can't have. */
static void test_host_fault( void **state )
{
    UINT8 *page = machine.memory + 0x6000;

    (void)state;
    machine_set_gpr( RBX, 0x6010 );
    assert_int_equal( mprotect( page, 0x1000, PROT_NONE ), 0 );
    machine_code( CODE, "\x8b\x03", 2 );
    machine_run_to( (struct fake_exit){ .error = -EFAULT } );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, CODE, 0 );
    check_access( WHvMemoryAccessRead, 0x6010, 0, 2 );
    machine_code( CODE, "\x89\x03", 2 );
    machine_run_to( (struct fake_exit){ .error = -EFAULT } );
    check_access( WHvMemoryAccessWrite, 0x6010, 0, 2 );
    assert_int_equal( mprotect( page, 0x1000, PROT_READ ), 0 );
    machine_run_to( (struct fake_exit){ .error = -EFAULT } );
    check_access( WHvMemoryAccessWrite, 0x6010, 0, 2 );
    /* a fetch */
    assert_int_equal( mprotect( page, 0x1000, PROT_NONE ), 0 );
    machine_regs()->rip = 0x6020;
    machine_run_to( (struct fake_exit){ .error = -EFAULT } );
    machine_check_exit( WHvRunVpExitReasonMemoryAccess, 0x6020, 0 );
    check_access( WHvMemoryAccessExecute, 0x6020, 0, 0 );
    /* none at all */
    machine_regs()->rip = 0x50000;
    machine_run_to( (struct fake_exit){ .error = -ENOSPC } );
    check_access( WHvMemoryAccessExecute, 0x50000, 1, 0 );
    machine_mode( INSN_MODE_64 );
    machine_code( CODE, "\x90", 1 );
    machine_run_to( (struct fake_exit){ .error = -EFAULT } );
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    machine_run_to( (struct fake_exit){ .reason = 39 } );          /* KVM_EXIT_MEMORY_FAULT */
    machine_check_exit( WHvRunVpExitReasonUnsupportedFeature, CODE, 0 );
    assert_int_equal( mprotect( page, 0x1000, PROT_READ | PROT_WRITE ), 0 );
}

/* ---- the end ---- */

static void test_shutdown( void **state )
{
    (void)state;
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_SHUTDOWN } );
    machine_check_exit( WHvRunVpExitReasonUnrecoverableException, CODE, 0 );
    machine_run_to( (struct fake_exit){ .reason = KVM_EXIT_FAIL_ENTRY } );
    machine_check_exit( WHvRunVpExitReasonInvalidVpRegisterValue, CODE, 0 );

    /* KVM refuses the registers before it enters; what the client mends goes in whole */
    view_edit_sregs( machine.vp )->cr0 = 0x80000000;
    machine_regs()->r12 = 0x1212;
    machine_run();
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonInvalidVpRegisterValue );
    machine_run();
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonInvalidVpRegisterValue );
    machine.vp->run->s.regs.sregs.cr0 = 0x60000011;
    machine_run_to( (struct fake_exit)FAKE_HLT );
    machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 1, 0 );
    assert_int_equal( machine.vcpu->regs.r12, 0x1212 );
    assert_int_equal( machine.vcpu->sregs.cr0, 0x60000011 );

    machine.vp->run->s.regs.events.exception.injected = 1;
    machine.vp->run->s.regs.events.exception.nr = 77;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
    machine_run();
    assert_int_equal( machine.exit.ExitReason, WHvRunVpExitReasonInvalidVpRegisterValue );
}

static void reset_vcpu( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    memset( &vcpu->regs, 0, sizeof(vcpu->regs) );
    vcpu->regs.rip = 0xfff0;
    vcpu->regs.rflags = 2;
    vcpu->sregs.cs.selector = 0xf000;
    vcpu->sregs.cs.base = 0xffff0000;
    vcpu->sregs.cr0 = 0x60000010;
    vcpu->sregs.cr3 = vcpu->sregs.efer = 0;
}

/* A KVM that makes a reset of it: what the client has set before the entry is shown, and is what the guest goes on
 * with. */
static void test_reset_by_shutdown( void **state )
{
    struct fake_exit shutdown = { .reason = KVM_EXIT_SHUTDOWN, .on_exit = reset_vcpu };
    struct host *host = (struct host *)machine.partition->host;
    struct kvm_sregs sregs;
    struct kvm_regs regs;
    UINT32 i;

    (void)state;
    host->shutdown_resets = 1;
    machine_run_to( (struct fake_exit)FAKE_HLT );
    for (i = 0; i < 2; i++)
    {
        machine_regs()->rip = CODE;
        machine_set_gpr( R12, 0x1212 + i );
        machine_set( 0, WHvX64RegisterCr3, 0x5000 + i * 0x1000 );
        regs = *view_regs( machine.vp );
        sregs = *view_sregs( machine.vp );
        machine_run_to( shutdown );
        machine_check_exit( WHvRunVpExitReasonUnrecoverableException, CODE, 0 );
        assert_true( machine.exit.VpContext.ExecutionState.InterruptionPending );
        assert_memory_equal( view_regs( machine.vp ), &regs, sizeof(regs) );
        assert_memory_equal( view_sregs( machine.vp ), &sregs, sizeof(sregs) );
        machine_run_to( (struct fake_exit)FAKE_HLT );
        machine_check_exit( WHvRunVpExitReasonX64Halt, CODE + 1, 0 );
        assert_int_equal( machine.vcpu->regs.r12, 0x1212 + i );
        assert_int_equal( machine.vcpu->sregs.cr3, 0x5000 + i * 0x1000 );
        assert_int_equal( machine.vcpu->sregs.efer, sregs.efer );
    }
    /* nothing is known of an entry that the client has set no such register for: it was a plain one */
    machine_set_gpr( R12, 0x3434 );
    machine_run_to( shutdown );
    machine_check_exit( WHvRunVpExitReasonUnrecoverableException, 0xfff0, 0 );
    host->shutdown_resets = 0;
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_context, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_memory, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_string_write, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_ports, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_internal_error, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_undefined, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_not_offered, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_host_fault, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_shutdown, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reset_by_shutdown, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
