/*
 * What the client left, and what KVM is told
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

#include "host/array.h"
#include "host/errors.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define RESULT 0xf1e2d3c4b5a69788ull    /* what the device answers */

static UINT64 fed;                      /* what came back as the read data */

static UINT64 mmio_data( const struct fake_vcpu *vcpu, UINT32 size )
{
    fed = 0;
    memcpy( &fed, vcpu->run->mmio.data, size );
    return fed;
}

/* What KVM's emulator does with the data, for those that are no plain register loads. */
static void complete_movzx( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = mmio_data( vcpu, exit->size );
}

static void complete_movsx( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = insn_sign_extend( mmio_data( vcpu, exit->size ), exit->size );
}

static void complete_movsx32( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = (UINT32)insn_sign_extend( mmio_data( vcpu, exit->size ), exit->size );
}

static void complete_movbe( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = __builtin_bswap32( mmio_data( vcpu, exit->size ));
}

static void complete_ah( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = (vcpu->regs.rax & ~0xff00ull) | (UINT64)(UINT8)mmio_data( vcpu, exit->size ) << 8;
}

static void complete_lods( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    int step = vcpu->regs.rflags & FLAG_DF ? -exit->size : exit->size;

    vcpu->regs.rsi += step;
}

#define READ_FIELDS( bytes, length ) .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = bytes, .reg = FAKE_NO_REG, \
    .completion = FAKE_COMPLETE_EMULATOR, .complete_skip = length

/* One instruction: what KVM shows, and what a client that emulates it sets. rsi moves only with LODS. */
static const struct row
{
    const char      *name, *code;
    UINT8            length;
    struct fake_exit exit;
    UINT64           rax, rdx;          /* as the client sets them; 0: left alone */
    INT32            rsi_step;
    UINT64           rflags;
    UINT32           past;              /* of the two kinds of KVM: 1 emulates */
}
rows[] =
{
#define CODE_OF( bytes ) .code = bytes, .length = sizeof(bytes) - 1
    { "out", CODE_OF( "\xee" ), FAKE_FAST_OUT( 0x60, 1, 0x11, 1 ) },
    { "out past", CODE_OF( "\xee" ), FAKE_EMULATED_OUT( 0x60, 1, 0x11, 1 ), .past = 1 },
    { "out imm", CODE_OF( "\xe7\x42" ), FAKE_FAST_OUT( 0x42, 4, 0x44332211, 2 ) },
    { "in al", CODE_OF( "\xec" ), FAKE_FAST_IN( 0x60, 1, 1 ), .rax = 0x8877665544332288 },
    { "in al past", CODE_OF( "\xec" ), FAKE_EMULATED_IN( 0x60, 1, 1 ), .rax = 0x8877665544332288, .past = 1 },
    { "in ax", CODE_OF( "\x66\xed" ), FAKE_EMULATED_IN( 0x60, 2, 2 ), .rax = 0x8877665544339788 },
    { "in eax", CODE_OF( "\xe5\x42" ), FAKE_EMULATED_IN( 0x42, 4, 2 ), .rax = 0xb5a69788 },
    { "mov al", CODE_OF( "\x8a\x03" ), FAKE_MMIO_READ( DEVICE, 1, RAX, 2 ), .rax = 0x8877665544332288 },
    { "mov ax", CODE_OF( "\x66\x8b\x03" ), FAKE_MMIO_READ( DEVICE, 2, RAX, 3 ), .rax = 0x8877665544339788 },
    { "mov eax", CODE_OF( "\x8b\x03" ), FAKE_MMIO_READ( DEVICE, 4, RAX, 2 ), .rax = 0xb5a69788 },
    { "mov rax", CODE_OF( "\x48\x8b\x03" ), FAKE_MMIO_READ( DEVICE, 8, RAX, 3 ), .rax = RESULT },
    { "mov ah", CODE_OF( "\x8a\x23" ), { READ_FIELDS( 1, 2 ), .on_complete = complete_ah }, .rax = 0x8877665544338811 },
    { "mov moffs", CODE_OF( "\xa1\0\0\x0d\0\0\0\0\0" ), FAKE_MMIO_READ( DEVICE, 4, RAX, 9 ), .rax = 0xb5a69788 },
    { "movzx", CODE_OF( "\x48\x0f\xb7\x03" ), { READ_FIELDS( 2, 4 ), .on_complete = complete_movzx }, .rax = 0x9788 },
    { "movzx 32", CODE_OF( "\x0f\xb6\x03" ), { READ_FIELDS( 1, 3 ), .on_complete = complete_movzx }, .rax = 0x88 },
    { "movsx", CODE_OF( "\x48\x0f\xbe\x03" ), { READ_FIELDS( 1, 4 ), .on_complete = complete_movsx }, .rax = -0x78ll },
    { "movsx 32", CODE_OF( "\x0f\xbf\x03" ), { READ_FIELDS( 2, 3 ), .on_complete = complete_movsx32 },
      .rax = 0xffff9788 },
    { "movsxd", CODE_OF( "\x48\x63\x03" ), { READ_FIELDS( 4, 3 ), .on_complete = complete_movsx },
      .rax = 0xffffffffb5a69788 },
    { "movbe", CODE_OF( "\x0f\x38\xf0\x03" ), { READ_FIELDS( 4, 4 ), .on_complete = complete_movbe },
      .rax = 0x8897a6b5 },
    { "lodsb", CODE_OF( "\xac" ),
      { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = 1, .completion = FAKE_COMPLETE_EMULATOR,
        .complete_skip = 1, .reg = RAX, .on_complete = complete_lods }, .rax = 0x8877665544332288, .rsi_step = 1 },
    { "lodsd", CODE_OF( "\xad" ),
      { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = 4, .completion = FAKE_COMPLETE_EMULATOR,
        .complete_skip = 1, .reg = RAX, .on_complete = complete_lods },
      .rax = 0xb5a69788, .rsi_step = -4, .rflags = FLAG_DF },
    { "rdmsr", CODE_OF( "\x0f\x32" ), FAKE_RDMSR( 0x8b ), .rax = 0xb5a69788, .rdx = 0xf1e2d3c4 },
    { "wrmsr", CODE_OF( "\x0f\x30" ), FAKE_WRMSR( 0x1b, 0x1234567844332211 ) },
#undef CODE_OF
};

static void start( const struct row *row )
{
    struct fake_exit exit = row->exit;

    machine_out_past( row->past );
    machine_mode( INSN_MODE_64 );
    memset( machine.memory + CODE - 0x40, 0x90, 0x100 );
    machine_code( CODE, row->code, row->length );
    machine_set_gpr( RDX, 0x60 );
    if (row->rsi_step) machine_set_gpr( RSI, DEVICE );
    machine_regs()->rflags |= row->rflags;
    machine_queue( exit );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
    machine_run();
    assert_int_not_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( view_regs( machine.vp )->rip, CODE );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    memset( &machine.entered, 0xcc, sizeof(machine.entered) );
}

/* The client emulates it. */
static void emulate( const struct row *row )
{
    if (row->rax) machine_set_gpr( RAX, row->rax );
    if (row->rdx) machine_set_gpr( RDX, row->rdx );
    machine_set_gpr( RSI, view_regs( machine.vp )->rsi + row->rsi_step );
    view_set_reg( machine.vp, REGS_RIP, CODE + row->length );
}

static void test_predicted( void **state )
{
    WHV_RUN_VP_EXIT_CONTEXT first;
    const struct row *row;
    UINT32 calls, again;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        /* the second time it is remembered, and the straight way is another one to the same exit */
        for (again = 0; again < 2; again++)
        {
            start( row );
            if (!again) first = machine.exit;
            else if (memcmp( &machine.exit, &first, sizeof(first) )) fail_msg( "%s: another exit", row->name );
            emulate( row );
            calls = machine_finish( row->name );
            if (calls != 1) fail_msg( "%s: %u calls of KVM", row->name, calls );
            if (machine.vcpu->loaded)
                fail_msg( "%s: loaded %#llx", row->name, (unsigned long long)machine.vcpu->loaded );
        }
    }
}

/* RDMSR or WRMSR is KVM's word, whatever another processor has put there meanwhile. */
static void test_other_msr( void **state )
{
    static const struct row other[] =
    {
        { .name = "rdmsr", .code = "\x0f\x30", .length = 2, .exit = FAKE_RDMSR( 0x8b ) },
        { .name = "wrmsr", .code = "\x0f\x32", .length = 2, .exit = FAKE_WRMSR( 0x1b, 0x1234567844332211 ) },
    };
    UINT32 i, emulated;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(other); i++)
        for (emulated = 0; emulated < 2; emulated++)
        {
            start( &other[i] );
            assert_int_equal( machine.exit.MsrAccess.AccessInfo.IsWrite, i );
            if (emulated && !i)
            {
                machine_set_gpr( RAX, 0xb5a69788 );
                machine_set_gpr( RDX, 0xf1e2d3c4 );
            }
            view_set_reg( machine.vp, REGS_RIP, CODE + 2 );
            /* RDX is 60h, but RAX is none that RDMSR gives */
            assert_int_equal( machine_finish( other[i].name ), i || emulated ? 1 : 2 );
        }
}

/* Everything else that a client may do: re-run, go elsewhere, change another register, inject an exception. */
static void test_flushed( void **state )
{
    static const WHV_REGISTER_NAME event = WHvRegisterPendingEvent, state_name = WHvRegisterInterruptState;
    const struct row *row;
    WHV_REGISTER_VALUE value;
    UINT32 runs, kind;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        for (kind = 0; kind < 8; kind++)
        {
            start( row );
            runs = fake_kvm_count( "kvm_run_vcpu" );
            switch (kind)
            {
            case 0:
                break;
            case 1:
                emulate( row );
                machine_regs()->rip = 0x7654;
                break;
            case 2:
                emulate( row );
                machine_regs()->r15++;
                break;
            case 3:
                emulate( row );
                machine_regs()->rflags ^= FLAG_ZF;
                break;
            case 4:
                memset( &value, 0, sizeof(value) );
                value.ExceptionEvent.EventPending = 1;
                value.ExceptionEvent.DeliverErrorCode = 1;
                value.ExceptionEvent.Vector = 14;
                value.ExceptionEvent.ErrorCode = 5;
                value.ExceptionEvent.ExceptionParameter = 0x1234;
                assert_int_equal( regs_set( machine.vp, &event, 1, &value ), S_OK );
                break;
            case 5:
                /* upper half kept, where the instruction would not have, and the other way round */
                emulate( row );
                machine_regs()->rax ^= 0x7700000000000000;
                break;
            case 6:
                /* KVM's completion would end the shadow */
                emulate( row );
                memset( &value, 0, sizeof(value) );
                value.InterruptState.InterruptShadow = 1;
                assert_int_equal( regs_set( machine.vp, &state_name, 1, &value ), S_OK );
                break;
            case 7:
                /* ... and would not find its place */
                emulate( row );
                view_edit_sregs( machine.vp )->cs.base ^= 0x10000;
                break;
            }
            if (kind == 5 && (row->rax == RESULT || row->length == 0)) machine_regs()->rdx ^= 1;
            machine_finish( row->name );
            /* PENDING_NONE has nothing to flush: the registers go in */
            assert_in_range( fake_kvm_count( "kvm_run_vcpu" ) - runs, 1, 2 );
            assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, row->exit.completion ? 2 : 1 );
            assert_int_equal( machine.vcpu->immediate, 0 );
            if (kind == 4)
            {
                assert_int_equal( machine.entered_events.exception.injected, 1 );
                assert_int_equal( machine.entered_events.exception.nr, 14 );
                assert_int_equal( machine.entered_events.exception.error_code, 5 );
                assert_int_equal( machine.vcpu->sregs.cr2, 0x1234 );
                memset( &value, 0, sizeof(value) );
                assert_int_equal( regs_set( machine.vp, &event, 1, &value ), S_OK );
            }
            else assert_int_equal( machine.entered_events.exception.injected, 0 );
            assert_int_equal( machine.entered_events.interrupt.shadow != 0, kind == 6 );
            if (kind != 6) continue;
            memset( &value, 0, sizeof(value) );
            assert_int_equal( regs_set( machine.vp, &state_name, 1, &value ), S_OK );
        }
    }
}

/* Reads that are inconsistent with any data: a zero extension that is none, a RIP that is right all the same. */
static void test_impossible( void **state )
{
    const struct row *row;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        if (!row->rax || row->rax == RESULT || !strcmp( row->name, "rdmsr" )) continue;
        start( row );
        emulate( row );
        machine_regs()->rax ^= 0x100000000ull;
        assert_int_not_equal( machine_finish( row->name ), 1 );
    }
}

/* ---- the end of a vp's life in the middle of an instruction ---- */

static void test_reset( void **state )
{
    struct kvm_regs regs;
    const struct row *row;
    UINT32 deleted;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (deleted = 0; deleted < 2; deleted++)
        {
            start( row );
            if (deleted)
            {
                assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
                assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
            }
            else assert_int_equal( partition_reset( machine.handle ), S_OK );
            assert_int_equal( machine_regs()->rip, 0xfff0 );
            regs = *machine_regs();
            machine_finish( row->name );
            assert_memory_equal( &machine.entered, &regs, sizeof(regs) );
            assert_int_equal( machine.vcpu->sregs.cs.base, 0xf0000 );
        }
}

/* A flush that fails leaves everything as it is, and is done at the next try. */
static void test_failing( void **state )
{
    static const int errors[] = { ENOMEM, EIO };
    const struct row *row;
    struct kvm_regs want;
    UINT32 i;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (i = 0; i < ARRAY_SIZE(errors); i++)
        {
            if (!row->exit.completion) continue;
            start( row );
            machine_regs()->rip = 0x4321;
            want = *machine_regs();
            fake_kvm_fail_at( 1, errors[i] );
            assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ),
                              hresult_from_errno( errors[i] ));
            assert_memory_equal( machine_regs(), &want, sizeof(want) );
            machine_finish( row->name );
        }
}

/* Between the exit and the next run everybody sees the client's view, and a look costs no KVM call. */
static void test_hot_path( void **state )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRip, WHvX64RegisterRflags, WHvX64RegisterCs, WHvX64RegisterCr0,
        WHvX64RegisterCr3, WHvX64RegisterCr8, WHvX64RegisterEfer, WHvRegisterPendingInterruption,
        WHvRegisterInterruptState,
    };
    WHV_REGISTER_VALUE values[ARRAY_SIZE(names)];
    UINT32 i, calls, runs, count = 0;
    const struct row *row;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        calls = fake_kvm_count( NULL );
        runs = fake_kvm_count( "kvm_run_vcpu" );
        for (i = 0; i < 5; i++, count++)
        {
            start( row );
            assert_int_equal( regs_get( machine.vp, names, ARRAY_SIZE(names), values ), S_OK );
            assert_int_equal( values[1].Reg64, CODE );
            emulate( row );
            assert_int_equal( machine_finish( row->name ), 1 );
        }
        /* the first entry ever settles the lazy sets and the CPUID table */
        if (row > rows) assert_int_equal( fake_kvm_count( NULL ) - calls, fake_kvm_count( "kvm_run_vcpu" ) - runs );
        assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, 10 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_predicted, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_other_msr, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_flushed, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_impossible, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reset, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failing, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_hot_path, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
