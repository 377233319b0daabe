/*
 * What the client left: destinations in guest memory
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

#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"

static void complete_ins( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT32 bytes = exit->size * (exit->count ? exit->count : 1);

    memcpy( machine.memory + DATA, (UINT8 *)vcpu->run + vcpu->run->io.data_offset, bytes );
    vcpu->regs.rdi += bytes;
    if (exit->count) vcpu->regs.rcx -= exit->count;
    vcpu->regs.rip++;
}

static void complete_movs( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    memcpy( machine.memory + DATA, vcpu->run->mmio.data, exit->size );
    vcpu->regs.rdi += exit->size;
    vcpu->regs.rsi += exit->size;
}

/* On to the next item, as KVM does on and on with a REP prefix: the flush must have stopped that. */
static void complete_rep_movs( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    complete_movs( vcpu, exit );
    assert_int_equal( vcpu->regs.rcx, 1 );
    vcpu->regs.rcx = 0;
}

static void complete_push( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rsp -= 8;
    memcpy( machine.memory + vcpu->regs.rsp, vcpu->run->mmio.data, exit->size );
}

static void complete_call( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT64 rip = vcpu->regs.rip;

    vcpu->regs.rsp -= 8;
    memcpy( machine.memory + vcpu->regs.rsp, &rip, 8 );
    memcpy( &vcpu->regs.rip, vcpu->run->mmio.data, exit->size );
}

/* The client has mapped memory at the device in the meantime, and KVM's write half finds it. */
static UINT8 mapped[0x1000] __attribute__((aligned(0x1000)));

static void complete_add( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT32 value;

    memcpy( &value, vcpu->run->mmio.data, 4 );
    value += vcpu->regs.rax;
    if (fake_kvm_host( vcpu->vm, DEVICE )) memcpy( mapped, &value, 4 );
    (void)exit;
}

#define READ( bytes, length, func ) \
    { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = bytes, .reg = FAKE_NO_REG, \
      .completion = FAKE_COMPLETE_EMULATOR, .complete_skip = length, .on_complete = func }

static const struct
{
    const char      *code;
    UINT8            length;
    struct fake_exit exit;
    UINT64           rsi, rdi, rcx;
}
stores[] =
{
    { "\x6c", 1, { .reason = KVM_EXIT_IO, .address = 0x60, .size = 1, .on_complete = complete_ins }, 0, DATA, 16 },
    { "\x66\x6d", 2, { .reason = KVM_EXIT_IO, .address = 0x60, .size = 2, .on_complete = complete_ins }, 0, DATA, 16 },
    { "\xf3\x6d", 2, { .reason = KVM_EXIT_IO, .address = 0x60, .size = 4, .count = 3, .on_complete = complete_ins }, 0,
      DATA, 3 },
    { "\xa4", 1, READ( 1, 1, complete_movs ), DEVICE, DATA, 16 },
    { "\x48\xa5", 2, READ( 8, 2, complete_movs ), DEVICE, DATA, 16 },
    { "\xf3\xa5", 2, READ( 4, 0, complete_rep_movs ), DEVICE, DATA, 16 },
    { "\xff\x33", 2, READ( 8, 2, complete_push ), DATA, DATA, 16 },
    { "\xff\x13", 2, READ( 8, 2, complete_call ), DATA, DATA, 16 },
};

static void test_destinations( void **state )
{
    static UINT8 before[RAM_SIZE];
    UINT32 i, j, again;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(stores); i++)
    {
        for (again = 0; again < 2; again++)
        {
            machine_mode( INSN_MODE_64 );
            machine_set_gpr( RDX, 0x60 );
            for (j = 0; j < 0x100; j++) machine.memory[DATA + j] = machine.memory[STACK - 0x80 + j] = j ^ 0x5a;
            machine_code( CODE, stores[i].code, stores[i].length );
            machine_set_gpr( RSI, stores[i].rsi );
            machine_set_gpr( RDI, stores[i].rdi );
            machine_set_gpr( RCX, stores[i].rcx );
            machine_queue( stores[i].exit );
            machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
            machine_run();
            assert_int_equal( machine_regs()->rip, CODE );
            assert_int_equal( machine_gpr( RCX ), stores[i].rcx );
            /* in the middle others may look, and see nothing of it */
            memcpy( before, machine.memory, RAM_SIZE );
            if (again)
            {
                machine.memory[DATA] ^= 0xff;   /* the client's own emulation */
                before[DATA] ^= 0xff;
                machine_regs()->rip += stores[i].length;
            }
            machine_finish( stores[i].code );
            assert_memory_equal( machine.memory, before, RAM_SIZE );
        }
    }
}

static void test_modify( void **state )
{
    struct fake_exit write = { .fragment = 1, .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = 4, .write = 1,
                               .value = 1 };
    UINT32 runs, again, old = 0x12345678, now;

    (void)state;
    for (again = 0; again < 2; again++)
    {
        machine_mode( INSN_MODE_64 );
        machine_code( CODE, "\x01\x03", 2 );
        machine_queue( (struct fake_exit)READ( 4, 2, complete_add ) );
        if (!again) machine_queue( write );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
        assert_int_equal( machine.exit.MemoryAccess.AccessInfo.AccessType, WHvMemoryAccessWrite );
        runs = fake_kvm_count( "kvm_run_vcpu" );
        if (again)
        {
            /* memory on demand: the re-run finds it as the client has filled it */
            memcpy( mapped, &old, sizeof(old) );
            assert_int_equal( machine_map( mapped, DEVICE, sizeof(mapped), 7 ), S_OK );
        }
        else machine_regs()->rip += 2;
        machine_finish( "add" );
        assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, again ? 2 : 3 );
    }
    memcpy( &now, mapped, sizeof(now) );
    assert_int_equal( now, old );
}

/* A wide store: the fragments that follow are swallowed, also when the client has moved on. */
static void test_fragments( void **state )
{
    struct fake_exit write = FAKE_MMIO_WRITE( DEVICE, 8, 0, 3 );
    UINT32 runs, i;

    (void)state;
    machine_code( CODE, "\xc5\xfe\x7f\x03", 4 );
    write.skip = 4;
    write.completion = FAKE_COMPLETE_EMULATOR;
    write.reg = FAKE_NO_REG;
    machine_queue( write );
    for (i = 1; i < 4; i++)
    {
        write.address = DEVICE + 8 * i;
        write.skip = 0;
        write.fragment = 1;
        machine_queue( write );
    }
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
    machine_run();
    assert_int_equal( machine_regs()->rip, CODE );
    machine_regs()->rip += 4;
    runs = fake_kvm_count( "kvm_run_vcpu" );
    machine_finish( "vmovdqu" );
    assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, 5 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_destinations, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_modify, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_fragments, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
