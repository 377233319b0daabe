/*
 * Read-modify-write across pages that can only be read: tests
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

#define _POSIX_C_SOURCE 200112L
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/vp_life.h"
#include "vm/vp.h"

#define EDGE (ROM - 2)          /* the page before ROM is writable in these tests */
#define WRITABLE (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

static UINT8 *before_rom, *rom;

static int setup( void **state )
{
    int ret = machine_setup( state );

    if (ret) return ret;
    if (posix_memalign( (void **)&before_rom, 0x1000, 0x3000 )) return -1;
    rom = before_rom + 0x1000;
    memset( before_rom, 0, 0x3000 );
    return 0;
}

static int teardown( void **state )
{
    int ret = machine_teardown( state );

    free( before_rom );
    return ret;
}

/* What KVM's emulator has done when it reports the second half of SHL [EDGE],1: 81234567 becomes 02468ace. */
static void store_first_half( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    memcpy( before_rom + 0xffe, "\xce\x8a", 2 );
    vcpu->regs.rflags |= 1;
}

static void run_to_half( void )
{
    struct fake_exit exit = FAKE_MMIO_WRITE( ROM, 2, 0x0246, 2 );

    machine_mode( INSN_MODE_64 );
    machine_map( before_rom, ROM - 0x1000, 0x1000, WRITABLE );
    machine_map( rom, ROM, 0x1000, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute );
    memset( machine.memory + CODE - 0x40, 0x90, 0x100 );
    machine_code( CODE, "\xd1\x23", 2 );
    memcpy( before_rom + 0xffe, "\x67\x45\x23\x81", 4 );
    machine_set_gpr( RBX, EDGE );
    exit.on_exit = store_first_half;
    machine_queue( exit );
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine.exit.MemoryAccess.Gpa, ROM );
    assert_int_equal( machine.exit.MemoryAccess.Gva, ROM );
    assert_int_equal( machine.exit.MemoryAccess.AccessInfo.AccessType, WHvMemoryAccessWrite );
    assert_memory_equal( machine.exit.MemoryAccess.InstructionBytes, "\xd1\x23", 2 );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
}

/* To do it all again would shift the first half twice: what is left of it is done, with what KVM has computed. */
static void test_half( void **state )
{
    WHV_RUN_VP_EXIT_CONTEXT first;
    UINT32 runs;

    (void)state;
    run_to_half();
    first = machine.exit;
    runs = fake_kvm_count( "kvm_run_vcpu" );
    /* as long as the page can't be written the same exit comes again, and KVM is not asked */
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
    assert_memory_equal( &first.VpContext, &machine.exit.VpContext, sizeof(first.VpContext) );
    assert_memory_equal( &first.MemoryAccess, &machine.exit.MemoryAccess, sizeof(first.MemoryAccess) );
    assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ), runs );

    machine_map( rom, ROM, 0x1000, WRITABLE );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ), runs + 1 );
    assert_int_equal( machine.entered.rip, CODE + 2 );
    assert_int_equal( machine.entered.rflags & 1, 1 );
    assert_memory_equal( before_rom + 0xffe, "\xce\x8a\x46\x02", 4 );
}

/* It goes elsewhere, or emulates the instruction: nothing is stored behind its back. */
static void test_half_left( void **state )
{
    (void)state;
    run_to_half();
    machine_map( rom, ROM, 0x1000, WRITABLE );
    machine_regs()->rip = CODE + 0x10;
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rip, CODE + 0x10 );
    assert_memory_equal( rom, "\x23\x81", 2 );
}

static void test_half_events( void **state )
{
    WHV_REGISTER_NAME name = WHvRegisterPendingInterruption;
    WHV_REGISTER_VALUE value;
    UINT32 exception;

    (void)state;
    for (exception = 0; exception < 2; exception++)
    {
        run_to_half();
        machine_map( rom, ROM, 0x1000, WRITABLE );
        memset( &value, 0, sizeof(value) );
        value.PendingInterruption.InterruptionPending = 1;
        value.PendingInterruption.InterruptionType = exception ? WHvX64PendingException : WHvX64PendingInterrupt;
        value.PendingInterruption.InterruptionVector = exception ? 14 : 0x40;
        machine_regs()->rflags |= FLAG_IF;
        machine.vp->arch.pending.shown = *machine_regs();
        assert_int_equal( regs_set( machine.vp, &name, 1, &value ), S_OK );
        assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
        if (exception)
        {
            /* a fault at the instruction */
            assert_int_equal( machine.entered.rip, CODE );
            assert_int_equal( machine.entered_events.exception.nr, 14 );
            assert_memory_equal( rom, "\x23\x81", 2 );
        }
        else
        {
            /* the interrupt comes behind it */
            assert_int_equal( machine.entered.rip, CODE + 2 );
            assert_memory_equal( rom, "\x46\x02", 2 );
        }
        memset( &machine.vcpu->events, 0, sizeof(machine.vcpu->events) );
        machine_set_gpr( RCX, 16 );
        memset( &value, 0, sizeof(value) );
        regs_set( machine.vp, &name, 1, &value );
    }
}

/* Deleted in the middle and created again: nothing is left of it. */
static void test_half_deleted( void **state )
{
    (void)state;
    run_to_half();
    machine_map( rom, ROM, 0x1000, WRITABLE );
    assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rip, 0xfff0 );
    assert_memory_equal( rom, "\x23\x81", 2 );
}

/* Both pages read-only: the register that XADD has changed is found from all of what was to be stored, of which KVM
 * reports the second half with the next KVM_RUN; then nothing is pending. */
static void test_two_pages( void **state )
{
    struct fake_exit exit = FAKE_MMIO_WRITE( ROM + 0xffe, 2, 0x8ace, 3 );
    UINT32 runs;

    (void)state;
    machine_mode( INSN_MODE_64 );
    machine_map( before_rom, ROM, 0x2000, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute );
    memset( machine.memory + CODE - 0x40, 0x90, 0x100 );
    machine_code( CODE, "\x0f\xc1\x03", 3 );
    memcpy( before_rom + 0xffe, "\x67\x45\x23\x01", 4 );        /* 01234567, which is in eax now */
    machine_set_gpr( RBX, ROM + 0xffe );
    machine_set_gpr( RAX, 0x01234567 );
    exit.completion = FAKE_COMPLETE_EMULATOR;
    exit.reg = FAKE_NO_REG;
    machine_queue( exit );
    exit = (struct fake_exit)FAKE_MMIO_WRITE( ROM + 0x1000, 2, 0x1246, 0 );
    exit.fragment = 1;
    machine_queue( exit );
    assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine_gpr( RAX ), 0x12468ace - 0x01234567 );
    assert_int_equal( machine.exit.MemoryAccess.Gpa, ROM + 0xffe );

    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
    runs = fake_kvm_count( "kvm_run_vcpu" );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ), runs + 1 );
    assert_int_equal( machine.entered.rip, CODE );
    assert_int_equal( machine.entered.rax, 0x12468ace - 0x01234567 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_half, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_half_left, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_half_events, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_half_deleted, setup, teardown ),
        cmocka_unit_test_setup_teardown( test_two_pages, setup, teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
